import {
  appendFile,
  open,
  readFile,
  readdir,
  rename,
  rm,
  stat,
  truncate,
  unlink,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import type { CursorProgress } from '../../engine/flow/extract/incremental-window.ts';
import type { JsonScalar } from '../../engine/flow/extract/page-reader.ts';
import type { KnownPaginator, PageStep } from '../../engine/flow/extract/page-reader.ts';
import type { SavedParts } from '../../engine/flow/extract/parts/part-store.ts';
import type { Part } from '../../engine/flow/part.ts';
import type { ExtractRequest } from '../../engine/flow/source.ts';

/** Where one walk over the pages of a resource, or of one child of it, goes on. */
export interface WalkState {
  readonly step: PageStep;
  /** What was found on the first page; null before. */
  readonly paginator: KnownPaginator | null;
  readonly selector: string | null;
  readonly rows: number;
  /** The last ones that the paginator asked for, by path. */
  readonly values: Readonly<Record<string, JsonScalar>>;
  /** Of the body of the last page that had records. */
  readonly digest: string | null;
}

export interface Checkpoint {
  /** Of the resource and the state that it began with: other ones cannot go on here. */
  readonly fingerprint: string;
  readonly done: boolean;
  /** Walks with a lower number were begun; of those, the active ones are not at their end. */
  readonly begun: number;
  readonly active: Readonly<Record<string, WalkState>>;
  readonly pages: number;
  readonly rows: number;
  readonly bytes: number;
  readonly cursor: CursorProgress;
  readonly parts: readonly PartFile[];
}

interface PartFile {
  readonly name: string;
  readonly sizeBytes: number;
  readonly firstPage: number;
  readonly lastPage: number;
}

type LoadPlace = Pick<ExtractRequest, 'folder' | 'save'>;

const CHECKPOINT = 'checkpoint.json';
/** Pages go into one part up to here: thousands of small children are few files. */
const PART_BYTES = 32_000_000;

/**
 * How much work a power cut may cost; the death of the process costs none. Syncing each page took
 * 1 to 14 ms of it.
 */
const SYNC_MS = 1000;

/**
 * The parts and the checkpoint of one extraction. The part is on disk before the checkpoint that
 * counts it, and what the checkpoint does not count is cut off when the folder is opened: so a
 * crash anywhere leaves each page once or not at all.
 */
export class LoadFolder {
  readonly #place: LoadPlace;
  #checkpoint: Checkpoint;
  #last: Promise<unknown> = Promise.resolve();
  #syncedAtMs = performance.now();

  private constructor(place: LoadPlace, checkpoint: Checkpoint) {
    this.#place = place;
    this.#checkpoint = checkpoint;
  }

  static async open(place: LoadPlace, fresh: Checkpoint): Promise<LoadFolder> {
    const { folder, save } = place;
    const kept = await readCheckpoint(folder);
    const found = kept?.fingerprint === fresh.fingerprint ? kept : null;
    const checkpoint = found && (await cutParts(folder, found.parts)) ? found : fresh;
    const known = new Set([CHECKPOINT, ...checkpoint.parts.map(({ name }) => name)]);
    const names = await readdir(folder);
    for (const name of names) {
      if (!known.has(name)) await rm(join(folder, name), { recursive: true });
    }
    // Else what was saved of other parts would be taken for the beginning of ours.
    if (checkpoint === fresh && names.length > 0) await save?.(savedParts(fresh));
    return new LoadFolder(place, checkpoint);
  }

  get checkpoint(): Checkpoint {
    return this.#checkpoint;
  }

  /** A path for a file that does not outlive a crash. */
  path(name: string): string {
    return join(this.#place.folder, name);
  }

  parts(): Part[] {
    return this.#checkpoint.parts.map((part) => ({
      path: this.path(part.name),
      label:
        part.firstPage === part.lastPage
          ? `page ${part.lastPage}`
          : `pages ${part.firstPage} to ${part.lastPage}`,
      format: 'ndjson',
      compression: 'none',
      sizeBytes: part.sizeBytes,
    }));
  }

  /** Changes what only the next commit keeps. */
  update(change: (checkpoint: Checkpoint) => Checkpoint): void {
    this.#checkpoint = change(this.#checkpoint);
  }

  /**
   * Adds lines to the parts and keeps the changed checkpoint with them; a file of lines, given by
   * its path, is taken away. One at a time, in the order of the calls.
   */
  async commit(
    lines: Uint8Array | string | null,
    change: (checkpoint: Checkpoint) => Checkpoint,
  ): Promise<void> {
    const turn = this.#last.then(() => this.#commit(lines, change));
    // After a failure nothing more is written: the checkpoint in memory may be ahead of the disk.
    this.#last = turn;
    turn.catch(() => undefined);
    const written = await turn;
    // Outside the turn: what other walks commit meanwhile is saved together.
    await this.#place.save?.(savedParts(written));
  }

  async #commit(
    lines: Uint8Array | string | null,
    change: (checkpoint: Checkpoint) => Checkpoint,
  ): Promise<Checkpoint> {
    const page = this.#checkpoint.pages + 1;
    const parts = lines === null ? this.#checkpoint.parts : await this.#store(lines, page);
    this.#checkpoint = { ...change(this.#checkpoint), parts };
    const durable = performance.now() - this.#syncedAtMs > SYNC_MS || this.#checkpoint.done;
    if (durable) await this.#syncLastPart();
    const written = this.#checkpoint;
    await writeCheckpoint(this.#place.folder, written, durable);
    return written;
  }

  async #store(lines: Uint8Array | string, page: number): Promise<readonly PartFile[]> {
    const sizeBytes = typeof lines === 'string' ? (await stat(lines)).size : lines.length;
    const { parts } = this.#checkpoint;
    const last = parts.at(-1);
    if (sizeBytes === 0) {
      if (typeof lines === 'string') await unlink(lines);
      return parts;
    }
    if (!last || last.sizeBytes + sizeBytes > PART_BYTES) {
      await this.#syncLastPart();
      const name = `part-${String(parts.length + 1).padStart(6, '0')}.ndjson`;
      if (typeof lines === 'string') await rename(lines, this.path(name));
      else await writeFile(this.path(name), lines);
      return [...parts, { name, sizeBytes, firstPage: page, lastPage: page }];
    }
    await appendLines(this.path(last.name), lines);
    return [
      ...parts.slice(0, -1),
      { ...last, sizeBytes: last.sizeBytes + sizeBytes, lastPage: page },
    ];
  }

  async #syncLastPart(): Promise<void> {
    const last = this.#checkpoint.parts.at(-1);
    if (!last) return;
    await using file = await open(this.path(last.name), 'r+');
    await file.datasync();
    this.#syncedAtMs = performance.now();
  }
}

function savedParts(checkpoint: Checkpoint): SavedParts {
  const content = JSON.stringify(checkpoint);
  return { checkpoint: { name: CHECKPOINT, content }, parts: checkpoint.parts };
}

/** Less than a part, so it may pass through memory. */
async function appendLines(part: string, lines: Uint8Array | string): Promise<void> {
  if (typeof lines !== 'string') return appendFile(part, lines);
  await appendFile(part, await readFile(lines));
  await unlink(lines);
}

async function readCheckpoint(folder: string): Promise<Checkpoint | null> {
  const text = await readFile(join(folder, CHECKPOINT), 'utf8').catch(() => null);
  try {
    return text === null ? null : (JSON.parse(text) as Checkpoint);
  } catch {
    // Torn by a power cut: it is as if it had never been written.
    return null;
  }
}

/** False when a part has less than the checkpoint counts. */
async function cutParts(folder: string, parts: readonly PartFile[]): Promise<boolean> {
  for (const { name, sizeBytes } of parts) {
    const size = await stat(join(folder, name)).then(
      (found) => found.size,
      () => -1,
    );
    if (size < sizeBytes) return false;
    if (size > sizeBytes) await truncate(join(folder, name), sizeBytes);
  }
  return true;
}

async function writeCheckpoint(
  folder: string,
  checkpoint: Checkpoint,
  durable: boolean,
): Promise<void> {
  const next = join(folder, 'checkpoint.next');
  await writeFile(next, JSON.stringify(checkpoint), { flush: durable });
  await rename(next, join(folder, CHECKPOINT));
}
