import type { Clock } from 'base/clock.ts';
import type { Records } from '../../control-plane/records.ts';
import { makeBucket } from './bucket.ts';
import type { Bucket } from './bucket.ts';
import { requirePreconditions } from './precondition.ts';
import type { Preconditions } from './precondition.ts';
import { StorageError } from './storage-error.ts';
import { makeObject } from './stored-object.ts';
import type { ObjectDraft, StoredObject } from './stored-object.ts';

export interface StorageDeps {
  /** Buckets and objects are kept there. */
  readonly records: Records;
  readonly clock: Pick<Clock, 'now'>;
}

export interface ObjectPlace {
  readonly bucket: string;
  readonly name: string;
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

const BUCKET = 'storage.bucket';

/**
 * Buckets and their objects. Each method looks and writes in one go, without waiting in between, so
 * that of two writers with the same precondition one is refused; what it has written is on disk.
 */
export class ObjectStore {
  readonly #deps: StorageDeps;
  readonly #buckets: Map<string, Bucket>;
  #lastGeneration: number;

  constructor(deps: StorageDeps) {
    this.#deps = deps;
    const buckets = deps.records.list<Bucket>(BUCKET);
    this.#buckets = new Map(buckets.map((bucket) => [bucket.name, bucket]));
    const newest = this.#sql(
      `SELECT max(CAST(metadata ->> 'generation' AS INTEGER)) AS generation FROM object`,
    ).get();
    this.#lastGeneration = Number(newest?.['generation'] ?? 0);
  }

  createBucket(resource: Readonly<Record<string, unknown>>): Bucket {
    const bucket = makeBucket(resource, this.#deps.clock.now());
    if (this.#buckets.has(bucket.name))
      throw new StorageError('conflict', `The bucket ${bucket.name} is there already.`);
    this.#deps.records.write([{ kind: BUCKET, name: bucket.name, value: bucket }]);
    this.#buckets.set(bucket.name, bucket);
    return bucket;
  }

  requireBucket(name: string): Bucket {
    const bucket = this.#buckets.get(name);
    if (bucket) return bucket;
    throw new StorageError('notFound', 'The specified bucket does not exist.');
  }

  put(draft: ObjectDraft, conditions: Preconditions): StoredObject {
    this.requireBucket(draft.bucket);
    requirePreconditions(conditions, this.#find(draft));
    const now = this.#deps.clock.now();
    // Microseconds, as Cloud Storage seems to count; later also when the clock goes back.
    const generation = Math.max(now.getTime() * 1000, this.#lastGeneration + 1);
    const object = makeObject(draft, generation, now);
    this.#sql(
      'INSERT OR REPLACE INTO object (bucket, name, metadata, content) VALUES (?, ?, ?, ?)',
    ).run(draft.bucket, draft.name, JSON.stringify(object), draft.content);
    this.#lastGeneration = generation;
    return object;
  }

  get(place: ObjectPlace, conditions: Preconditions): StoredObject {
    this.requireBucket(place.bucket);
    const object = this.#find(place);
    if (!object) {
      const message = `No such object: ${place.bucket}/${place.name}`;
      throw new StorageError('notFound', message);
    }
    requirePreconditions(conditions, object);
    return object;
  }

  readContent({ bucket, name }: ObjectPlace): Uint8Array {
    const row = this.#sql('SELECT content FROM object WHERE bucket = ? AND name = ?').get(
      bucket,
      name,
    );
    return row?.['content'] as Uint8Array;
  }

  delete(place: ObjectPlace, conditions: Preconditions): void {
    const { bucket, name } = this.get(place, conditions);
    this.#sql('DELETE FROM object WHERE bucket = ? AND name = ?').run(bucket, name);
  }

  /** By name, in the order of their UTF-8 bytes. */
  *iterate({ bucket, from, after, to }: NameRange): Generator<StoredObject> {
    this.requireBucket(bucket);
    const rows = this.#sql(
      `SELECT metadata FROM object
       WHERE bucket = ? AND name >= ? AND name > ? AND (? IS NULL OR name < ?) ORDER BY name`,
    ).iterate(bucket, from, after, to, to);
    for (const row of rows) yield JSON.parse(String(row['metadata'])) as StoredObject;
  }

  #find({ bucket, name }: ObjectPlace): StoredObject | null {
    const row = this.#sql('SELECT metadata FROM object WHERE bucket = ? AND name = ?').get(
      bucket,
      name,
    );
    return row === undefined ? null : (JSON.parse(String(row['metadata'])) as StoredObject);
  }

  #sql(text: string): ReturnType<Records['database']['prepare']> {
    return this.#deps.records.database.prepare(text);
  }
}
