import { readPreconditions } from '../object/precondition.ts';
import { readFields, requireObjectName } from '../object/stored-object.ts';
import type { Expected } from '../object/stored-object.ts';
import type { StorageCall } from '../storage-call.ts';
import { StorageError } from '../storage-error.ts';
import type { BegunUpload } from './begun-upload.ts';

export function beginUpload(
  { store, request, query }: StorageCall,
  bucket: string,
  resource: Readonly<Record<string, unknown>>,
): BegunUpload {
  store.buckets.require(bucket);
  const name = query.get('name') ?? resource['name'];
  if (typeof name !== 'string') throw new StorageError('required', 'Required parameter: name');
  requireObjectName(name);
  return {
    bucket,
    name,
    fields: readFields(resource),
    expected: { ...expectedIn(resource), ...readHashes(request.headers['x-goog-hash']) },
    conditions: readPreconditions(query),
  };
}

function expectedIn({ crc32c, md5Hash }: Readonly<Record<string, unknown>>): Expected {
  return {
    ...(typeof crc32c === 'string' ? { crc32c } : {}),
    ...(typeof md5Hash === 'string' ? { md5Hash } : {}),
  };
}

/** Such as `crc32c=n03x6A==,md5=…`. */
export function readHashes(header: string | string[] | undefined): Expected {
  const text = String(header ?? '');
  const crc32c = /crc32c=([^,\s]+)/.exec(text)?.[1];
  const md5Hash = /md5=([^,\s]+)/.exec(text)?.[1];
  return { ...(crc32c ? { crc32c } : {}), ...(md5Hash ? { md5Hash } : {}) };
}
