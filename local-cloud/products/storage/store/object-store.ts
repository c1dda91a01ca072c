import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Clock } from 'base/clock.ts';
import { makeFolder } from 'base/make-folder.ts';
import { requirePreconditions } from '../object/precondition.ts';
import type { Preconditions } from '../object/precondition.ts';
import { changeFields, makeObject } from '../object/stored-object.ts';
import type { ObjectDraft, ObjectPlace, StoredObject } from '../object/stored-object.ts';
import { StorageError } from '../storage-error.ts';
import { BucketStore } from './bucket-store.ts';
import { ContentFolder } from './content-folder.ts';
import { openStorageDatabase } from './storage-database.ts';
import { UploadStore } from './upload-store.ts';

export interface StorageDeps {
  /** Its folder; everything is kept there. */
  readonly folder: string;
  readonly clock: Pick<Clock, 'now'>;
}

export interface NameRange {
  readonly bucket: string;
  /** Included. */
  readonly from: string;
  /** Not included; nor are names up to it. */
  readonly after: string;
  /** Not included; null: to the last. */
  readonly to: string | null;
}

/** Looks at an object, of a certain generation if one is asked for. */
export interface Sought {
  readonly place: ObjectPlace;
  readonly conditions: Preconditions;
  readonly generation?: string | null;
}

export type FieldChange = Parameters<typeof changeFields>[1];

/**
 * Buckets and their objects. Each method looks and writes in one go, without waiting in between, so
 * that of two writers with the same precondition one is refused. An object is there once its row
 * is, and its content was whole before.
 */
export class ObjectStore {
  readonly buckets: BucketStore;
  readonly contents: ContentFolder;
  readonly uploads: UploadStore;
  readonly clock: StorageDeps['clock'];
  readonly #database: DatabaseSync;
  #lastGeneration: number;

  constructor({ folder, clock }: StorageDeps) {
    makeFolder(folder);
    this.clock = clock;
    this.#database = openStorageDatabase(folder);
    this.contents = new ContentFolder(folder);
    this.buckets = new BucketStore(this.#database, clock);
    this.uploads = new UploadStore(this.#database, clock);
    const [newest] = this.#sql('SELECT max(generation) AS generation FROM object').all();
    this.#lastGeneration = Number(newest?.['generation'] ?? 0);
    const known = this.#sql('SELECT content FROM object UNION SELECT content FROM upload').all();
    this.contents.removeOthers(new Set(known.map(({ content }) => String(content))));
  }

  /**
   * The content belongs to the object from then on; a refused one stays with the caller. `also`
   * writes in the same transaction.
   */
  put(
    draft: ObjectDraft,
    conditions: Preconditions,
    also: (object: StoredObject) => void = () => {},
  ): StoredObject {
    this.buckets.require(draft.bucket);
    const before = this.#find(draft);
    requirePreconditions(conditions, before?.object ?? null);
    const now = this.clock.now();
    // Microseconds, as Cloud Storage seems to count; later also when the clock goes back.
    const generation = Math.max(now.getTime() * 1000, this.#lastGeneration + 1);
    const object = makeObject(draft, generation, now);
    this.#database.exec('BEGIN');
    try {
      this.#write(object, draft.content.id);
      also(object);
      this.#database.exec('COMMIT');
    } catch (error) {
      this.#database.exec('ROLLBACK');
      throw error;
    }
    this.#lastGeneration = generation;
    if (before) this.contents.remove(before.content);
    return object;
  }

  get({ place, conditions, generation = null }: Sought): StoredObject {
    return this.#require({ place, conditions, generation }, 'read').object;
  }

  /** The path of its content, which is to be opened at once: the next write may remove it. */
  pathOf(place: ObjectPlace): string {
    return this.contents.pathOf(this.#require({ place, conditions: {} }, 'read').content);
  }

  contentOf(place: ObjectPlace): string {
    return this.#require({ place, conditions: {} }, 'read').content;
  }

  change(sought: Sought, change: FieldChange): StoredObject {
    const { object, content } = this.#require(sought, 'write');
    const changed = changeFields(object, change, this.clock.now());
    this.#write(changed, content);
    return changed;
  }

  delete(sought: Sought): void {
    const { object, content } = this.#require(sought, 'write');
    this.#sql('DELETE FROM object WHERE bucket = ? AND name = ?').run(object.bucket, object.name);
    this.contents.remove(content);
  }

  deleteBucket(name: string): void {
    this.buckets.require(name);
    const [object] = this.#sql('SELECT 1 FROM object WHERE bucket = ? LIMIT 1').all(name);
    if (object) throw new StorageError('conflict', 'The bucket you tried to delete is not empty.');
    this.buckets.delete(name);
  }

  /** By name, in the order of their UTF-8 bytes. */
  *iterate({ bucket, from, after, to }: NameRange): Generator<StoredObject> {
    this.buckets.require(bucket);
    const rows = this.#sql(
      `SELECT resource FROM object
       WHERE bucket = ? AND name >= ? AND name > ? AND (? IS NULL OR name < ?) ORDER BY name`,
    ).iterate(bucket, from, after, to, to);
    for (const row of rows) yield JSON.parse(String(row['resource'])) as StoredObject;
  }

  close(): void {
    this.#database.close();
  }

  #write(object: StoredObject, content: string): void {
    const { bucket, name, generation } = object;
    this.#sql('INSERT OR REPLACE INTO object VALUES (?, ?, ?, ?, ?)').run(
      bucket,
      name,
      Number(generation),
      JSON.stringify(object),
      content,
    );
  }

  #require({ place, conditions, generation = null }: Sought, intent: 'read' | 'write') {
    this.buckets.require(place.bucket);
    const found = this.#find(place);
    // Older generations are not kept.
    if (!found || (generation !== null && found.object.generation !== generation)) {
      const version = generation === null ? '' : `#${generation}`;
      const message = `No such object: ${place.bucket}/${place.name}${version}`;
      throw new StorageError('notFound', message);
    }
    requirePreconditions(conditions, found.object, intent);
    return found;
  }

  #find({ bucket, name }: ObjectPlace): { object: StoredObject; content: string } | null {
    const row = this.#sql('SELECT resource, content FROM object WHERE bucket = ? AND name = ?').get(
      bucket,
      name,
    );
    if (row === undefined) return null;
    const object = JSON.parse(String(row['resource'])) as StoredObject;
    return { object, content: String(row['content']) };
  }

  #sql(text: string): StatementSync {
    return this.#database.prepare(text);
  }
}
