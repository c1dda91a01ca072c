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

export interface BucketFields {
  readonly location?: string;
  readonly storageClass?: string;
  readonly labels?: Readonly<Record<string, string | null>>;
  readonly iamConfiguration?: object;
}

/** Kept as they are, without an effect. */
const changeable = ['storageClass', 'labels', 'iamConfiguration', 'lifecycle', 'softDeletePolicy'];
const known = ['name', 'location', ...changeable];
/** What gcloud sends back as it read it. */
const ofTheService = 'kind id name location metageneration timeCreated updated etag'.split(' ');

/** Of the resource that a client sends. */
export function makeBucket(resource: Readonly<Record<string, unknown>>, now: Date): Bucket {
  requireKnown(resource, known);
  const { name, location, ...fields } = resource as BucketFields & { name?: string };
  // https://cloud.google.com/storage/docs/buckets#naming
  if (typeof name !== 'string' || !/^[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]$/.test(name))
    throw new StorageError('invalid', `Invalid bucket name: '${name}'`);
  return {
    kind: 'storage#bucket',
    id: name,
    name,
    storageClass: 'STANDARD',
    ...fields,
    location: (location ?? 'US').toUpperCase(),
    metageneration: '1',
    timeCreated: now.toISOString(),
    updated: now.toISOString(),
    etag: 'CAE=',
  };
}

/** Fields that are not named stay; null removes one, also a label. */
export function changeBucket(bucket: Bucket, change: BucketFields, now: Date): Bucket {
  const given = Object.entries(change).filter(([key]) => !ofTheService.includes(key));
  const { labels, ...fields } = Object.fromEntries(given) as BucketFields;
  requireKnown({ labels, ...fields }, changeable);
  const merged = Object.entries({ ...bucket.labels, ...labels });
  const left = Object.fromEntries(merged.filter(([, value]) => value !== null));
  const metageneration = String(Number(bucket.metageneration) + 1);
  const changed = { ...bucket, ...fields, labels: left, metageneration };
  const set = Object.entries(changed).filter(([, value]) => value !== null);
  return {
    ...(Object.fromEntries(set) as unknown as Bucket),
    etag: Buffer.from(metageneration).toString('base64'),
    updated: now.toISOString(),
  };
}

function requireKnown(resource: Readonly<Record<string, unknown>>, names: readonly string[]): void {
  const strange = Object.keys(resource).find((key) => !names.includes(key));
  if (strange === undefined) return;
  throw new StorageError('notImplemented', `local-cloud does not model ${strange} of buckets.`);
}
