import { StorageError } from '../storage-error.ts';
import type { ContentFacts } from '../store/content-folder.ts';

/** What a writer may say of an object beside its content. */
export interface WritableFields {
  readonly contentType?: string;
  readonly contentEncoding?: string;
  readonly contentDisposition?: string;
  readonly contentLanguage?: string;
  readonly cacheControl?: string;
  readonly customTime?: string;
  readonly metadata?: Readonly<Record<string, string>>;
}

/** An object as the JSON API shows it. */
export interface StoredObject extends WritableFields {
  readonly kind: 'storage#object';
  readonly id: string;
  readonly bucket: string;
  readonly name: string;
  readonly generation: string;
  readonly metageneration: string;
  readonly size: string;
  /** Composed objects have none. */
  readonly md5Hash?: string;
  readonly crc32c: string;
  /** Only of composed objects. */
  readonly componentCount?: number;
  readonly etag: string;
  readonly storageClass: string;
  readonly timeCreated: string;
  readonly updated: string;
}

/** Checksums in base64 that a writer expects. */
export interface Expected {
  readonly crc32c?: string;
  readonly md5Hash?: string;
}

export interface ObjectPlace {
  readonly bucket: string;
  readonly name: string;
}

/** A content that is there and becomes an object. */
export interface ObjectDraft extends ObjectPlace {
  readonly fields: WritableFields;
  readonly content: ContentFacts & { readonly id: string };
  readonly expected: Expected;
  readonly componentCount?: number;
}

type Resource = Readonly<Record<string, unknown>>;

const writable = [
  'contentType',
  'contentEncoding',
  'contentDisposition',
  'contentLanguage',
  'cacheControl',
  'customTime',
  'metadata',
] as const;

/** The rest, which only Cloud Storage writes, is passed over. */
export function readFields(resource: Resource): WritableFields {
  const known = writable.filter((name) => resource[name] !== undefined && resource[name] !== null);
  return Object.fromEntries(known.map((name) => [name, resource[name]]));
}

/** Refuses a content that does not have the checksums which its writer expects. */
export function makeObject(draft: ObjectDraft, generation: number, now: Date): StoredObject {
  const { bucket, name, fields, content, expected, componentCount } = draft;
  requireChecksum('CRC32C', expected.crc32c, content.crc32c);
  requireChecksum('MD5', expected.md5Hash, content.md5Hash);
  return {
    kind: 'storage#object',
    id: `${bucket}/${name}/${generation}`,
    bucket,
    name,
    contentType: 'application/octet-stream',
    ...fields,
    generation: String(generation),
    metageneration: '1',
    size: String(content.sizeBytes),
    crc32c: content.crc32c,
    ...(componentCount === undefined ? { md5Hash: content.md5Hash } : { componentCount }),
    etag: etagOf(String(generation), '1'),
    storageClass: 'STANDARD',
    timeCreated: now.toISOString(),
    updated: now.toISOString(),
  };
}

/** With `patch`, fields that are not named stay, and null removes one; else all are replaced. */
export function changeFields(
  object: StoredObject,
  { resource, how }: { readonly resource: Resource; readonly how: 'patch' | 'replace' },
  now: Date,
): StoredObject {
  const named = how === 'patch' ? writable.filter((name) => name in resource) : writable;
  const kept = Object.fromEntries(
    Object.entries(object).filter(([name]) => !(named as readonly string[]).includes(name)),
  ) as unknown as StoredObject;
  const { metadata, ...fields } = readFields(resource);
  const before = how === 'patch' ? object.metadata : {};
  const pairs = Object.entries({ ...before, ...metadata } as Record<string, string | null>);
  const left = Object.fromEntries(pairs.filter(([, value]) => value !== null));
  const isNone = Object.keys(left).length === 0 || resource['metadata'] === null;
  const metageneration = String(Number(object.metageneration) + 1);
  return {
    ...kept,
    ...fields,
    ...(named.includes('metadata') && !isNone ? { metadata: left as Record<string, string> } : {}),
    metageneration,
    etag: etagOf(object.generation, metageneration),
    updated: now.toISOString(),
  };
}

function etagOf(generation: string, metageneration: string): string {
  return Buffer.from(`${generation}/${metageneration}`).toString('base64');
}

function requireChecksum(kind: string, expected: string | undefined, actual: string): void {
  if (expected === undefined || expected === actual) return;
  const message = `Provided ${kind} "${expected}" doesn't match calculated ${kind} "${actual}".`;
  throw new StorageError('invalid', message);
}

/** https://cloud.google.com/storage/docs/objects#naming */
export function requireObjectName(name: string): void {
  const sizeBytes = Buffer.byteLength(name);
  const isValid =
    sizeBytes >= 1 && sizeBytes <= 1024 && !/[\r\n]/.test(name) && !/^\.\.?$/.test(name);
  if (isValid) return;
  throw new StorageError('invalid', `Invalid object name: ${JSON.stringify(name.slice(0, 80))}.`);
}
