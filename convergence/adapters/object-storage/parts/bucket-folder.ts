import { createReadStream, createWriteStream } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { AppError } from 'base/error.ts';
import type { ObjectStore } from '../../../engine/flow/extract/object/object-store.ts';
import { takenOver } from '../../../engine/flow/extract/parts/part-place.ts';
import type { PartFolder, SavedParts } from '../../../engine/flow/extract/parts/part-store.ts';
import { nextSlice, NOTHING, totalBytes } from './save-record.ts';
import type { SavedPart, SaveRecord, Slice } from './save-record.ts';

/** A save that was found. */
export interface FoundRecord {
  readonly uri: string;
  /** Counts the saves of a folder, whoever made them. */
  readonly number: number;
  readonly record: SaveRecord;
}

export interface BucketPlace {
  readonly store: ObjectStore;
  /** URI of the folder in the bucket, with a slash behind it. */
  readonly uri: string;
  readonly load: PartFolder;
  /** The local folder. */
  readonly path: string;
}

/**
 * The copy of one folder in the bucket, in the hands of one fence. Saves are numbered, and each is
 * written only where none has its number. The first one of each fence, its claim, stays: it has the
 * number that whoever had the folder before would write next, so that save fails.
 */
export class BucketFolder {
  readonly #place: BucketPlace;
  #newest: FoundRecord | null;
  /** The newest, when it is ours and not the claim. */
  #removable: string | null = null;
  #running: Promise<void> = Promise.resolve();
  #waiting: { saved: SavedParts; done: Promise<void> } | null = null;

  private constructor(place: BucketPlace, newest: FoundRecord | null) {
    this.#place = place;
    this.#newest = newest;
  }

  /** @throws object_exists when somebody wrote a save behind the one that was found */
  static async claim(place: BucketPlace, found: FoundRecord | null): Promise<BucketFolder> {
    const folder = new BucketFolder(place, found);
    await folder.#write(found?.record ?? NOTHING);
    folder.#removable = null;
    return folder;
  }

  /** Whoever opens the folder next begins anew. @throws object_exists */
  forget(): Promise<void> {
    return this.#write(NOTHING);
  }

  /** One at a time; what is given while one is under way is saved at once after it. */
  save(saved: SavedParts): Promise<void> {
    if (this.#waiting) {
      this.#waiting.saved = saved;
      return this.#waiting.done;
    }
    const waiting = { saved, done: Promise.resolve() };
    waiting.done = this.#running.then(() => {
      this.#waiting = null;
      return this.#upload(waiting.saved);
    });
    this.#waiting = waiting;
    // After a failure nothing more is saved.
    this.#running = waiting.done;
    waiting.done.catch(() => undefined);
    return waiting.done;
  }

  async #upload({ checkpoint, parts }: SavedParts): Promise<void> {
    const before = new Map(this.#newest?.record.parts.map((part) => [part.name, part]));
    const stale: Slice[] = [];
    const uploaded: SavedPart[] = [];
    for (const { name, sizeBytes } of parts) {
      const slices = before.get(name)?.slices ?? [];
      before.delete(name);
      if (totalBytes(slices) === sizeBytes) {
        uploaded.push({ name, slices });
        continue;
      }
      const { kept, swallowed, from } = nextSlice(slices, sizeBytes);
      uploaded.push({ name, slices: [...kept, await this.#putSlice(name, from, sizeBytes)] });
      stale.push(...swallowed);
    }
    for (const { slices } of before.values()) stale.push(...slices);
    await this.#write({ checkpoint, parts: uploaded }).catch((error: unknown) => {
      throw isTaken(error) ? takenOver(this.#place.load) : error;
    });
    const fresh = new Set(uploaded.flatMap(({ slices }) => slices.map(({ uri }) => uri)));
    for (const { uri } of stale) if (!fresh.has(uri)) await this.#place.store.remove(uri);
  }

  /** Objects are made of whole files. */
  async #putSlice(name: string, from: number, to: number): Promise<Slice> {
    const { store, uri, path, load } = this.#place;
    const file = join(path, 'slice');
    const content = createReadStream(join(path, name), { start: from, end: to - 1 });
    await pipeline(content, createWriteStream(file, { mode: 0o600 }));
    // The fence, so that a worker that lost the folder never writes over what its successor saved.
    const put = await store.put(`${uri}parts/${name}.${load.fence}.${from}-${to}`, file);
    await rm(file);
    return { uri: put.uri, version: put.version, sizeBytes: put.sizeBytes, crc32c: put.crc32c };
  }

  /** @throws object_exists */
  async #write({ checkpoint, parts }: Omit<SaveRecord, 'fence'>): Promise<void> {
    const { store, path, load } = this.#place;
    const record = { fence: String(load.fence), checkpoint, parts };
    const number = (this.#newest?.number ?? 0) + 1;
    const uri = recordUri(this.#place.uri, number);
    const file = join(path, 'save');
    await writeFile(file, JSON.stringify(record), { mode: 0o600 });
    await store.put(uri, file, { ifAbsent: true });
    await rm(file);
    const old = this.#removable;
    this.#removable = uri;
    this.#newest = { uri, number, record };
    if (old !== null) await store.remove(old);
  }
}

/** Beyond twelve digits their order would not be that of their names. */
function recordUri(folderUri: string, number: number): string {
  return `${folderUri}${RECORDS}${String(number).padStart(12, '0')}`;
}

/** In front of `parts/`, so that who removes all in order leaves no save whose slices are gone. */
export const RECORDS = 'checkpoints/';

function isTaken(error: unknown): boolean {
  return error instanceof AppError && error.code === 'object_exists';
}
