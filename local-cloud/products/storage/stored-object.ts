import { createHash } from 'node:crypto';
import { crc32c } from './crc32c.ts';
import { StorageError } from './storage-error.ts';

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
  readonly md5Hash: string;
  readonly crc32c: string;
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

export interface ObjectDraft {
  readonly bucket: string;
  readonly name: string;
  readonly fields: WritableFields;
  readonly content: Uint8Array;
  readonly expected: Expected;
}

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
export function readFields(resource: Readonly<Record<string, unknown>>): WritableFields {
  const known = writable.filter((name) => resource[name] !== undefined && resource[name] !== null);
  return Object.fromEntries(known.map((name) => [name, resource[name]]));
}

/** Refuses a content that does not have the checksums which its writer expects. */
export function makeObject(draft: ObjectDraft, generation: number, now: Date): StoredObject {
  const { bucket, name, fields, content, expected } = draft;
  const checksums = {
    crc32c: crc32c(content),
    md5Hash: createHash('md5').update(content).digest('base64'),
  };
  requireChecksum('CRC32C', expected.crc32c, checksums.crc32c);
  requireChecksum('MD5', expected.md5Hash, checksums.md5Hash);
  return {
    kind: 'storage#object',
    id: `${bucket}/${name}/${generation}`,
    bucket,
    name,
    contentType: 'application/octet-stream',
    ...fields,
    generation: String(generation),
    metageneration: '1',
    size: String(content.length),
    ...checksums,
    etag: Buffer.from(`${generation}/1`).toString('base64'),
    storageClass: 'STANDARD',
    timeCreated: now.toISOString(),
    updated: now.toISOString(),
  };
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
