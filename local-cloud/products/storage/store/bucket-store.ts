import type { DatabaseSync } from 'node:sqlite';
import type { Clock } from 'base/clock.ts';
import { changeBucket, makeBucket } from '../bucket.ts';
import type { Bucket } from '../bucket.ts';
import { StorageError } from '../storage-error.ts';

type Resource = Readonly<Record<string, unknown>>;

export class BucketStore {
  readonly #database: DatabaseSync;
  readonly #clock: Pick<Clock, 'now'>;

  constructor(database: DatabaseSync, clock: Pick<Clock, 'now'>) {
    this.#database = database;
    this.#clock = clock;
  }

  create(resource: Resource): Bucket {
    const bucket = makeBucket(resource, this.#clock.now());
    if (this.#find(bucket.name))
      throw new StorageError('conflict', `The bucket ${bucket.name} is there already.`);
    this.#write(bucket);
    return bucket;
  }

  require(name: string): Bucket {
    const bucket = this.#find(name);
    if (bucket) return bucket;
    throw new StorageError('notFound', 'The specified bucket does not exist.');
  }

  change(name: string, resource: Resource): Bucket {
    const bucket = changeBucket(this.require(name), resource, this.#clock.now());
    this.#write(bucket);
    return bucket;
  }

  delete(name: string): void {
    this.#database.prepare('DELETE FROM bucket WHERE name = ?').run(name);
  }

  /** By name. */
  list(prefix: string): readonly Bucket[] {
    const rows = this.#database.prepare('SELECT resource FROM bucket ORDER BY name').all();
    const buckets = rows.map(({ resource }) => JSON.parse(String(resource)) as Bucket);
    return buckets.filter(({ name }) => name.startsWith(prefix));
  }

  #find(name: string): Bucket | null {
    const row = this.#database.prepare('SELECT resource FROM bucket WHERE name = ?').get(name);
    return row === undefined ? null : (JSON.parse(String(row['resource'])) as Bucket);
  }

  #write(bucket: Bucket): void {
    const insert = 'INSERT OR REPLACE INTO bucket (name, resource) VALUES (?, ?)';
    this.#database.prepare(insert).run(bucket.name, JSON.stringify(bucket));
  }
}
