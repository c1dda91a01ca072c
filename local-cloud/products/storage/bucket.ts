import { StorageError } from './storage-error.ts';

/** A bucket as the JSON API shows it. */
export interface Bucket extends BucketFields {
  readonly kind: 'storage#bucket';
  readonly id: string;
  readonly name: string;
  readonly metageneration: string;
  readonly timeCreated: string;
  readonly updated: string;
  readonly etag: string;
}

interface BucketFields {
  readonly location?: string;
  readonly storageClass?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly iamConfiguration?: object;
}

const known = ['name', 'location', 'storageClass', 'labels', 'iamConfiguration'];

/** Of the resource that a client sends. */
export function makeBucket(resource: Readonly<Record<string, unknown>>, now: Date): Bucket {
  const strange = Object.keys(resource).find((key) => !known.includes(key));
  if (strange !== undefined)
    throw new StorageError('notImplemented', `local-cloud does not model ${strange} of buckets.`);
  const { name, location = 'US', ...fields } = resource as BucketFields & { name?: string };
  // https://cloud.google.com/storage/docs/buckets#naming
  if (typeof name !== 'string' || !/^[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]$/.test(name))
    throw new StorageError('invalid', `Invalid bucket name: '${name}'`);
  return {
    kind: 'storage#bucket',
    id: name,
    name,
    storageClass: 'STANDARD',
    ...fields,
    location: location.toUpperCase(),
    metageneration: '1',
    timeCreated: now.toISOString(),
    updated: now.toISOString(),
    etag: 'CAE=',
  };
}
