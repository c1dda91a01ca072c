import { writeJson } from '../../../protocol/rest/write-answer.ts';
import { readPreconditions } from '../precondition.ts';
import type { Preconditions } from '../precondition.ts';
import { splitMultipart } from './split-multipart.ts';
import { parseResource, readContent } from '../storage-call.ts';
import type { StorageCall } from '../storage-call.ts';
import { StorageError } from '../storage-error.ts';
import { readFields, requireObjectName } from '../stored-object.ts';
import type { Expected, ObjectDraft, WritableFields } from '../stored-object.ts';

/** An object that is to be written when its content is there. */
export interface BegunUpload {
  readonly bucket: string;
  readonly name: string;
  readonly fields: WritableFields;
  readonly expected: Expected;
  readonly conditions: Preconditions;
}

/** The content alone; the rest is in the query and the headers. */
export async function uploadMedia(call: StorageCall, bucket: string): Promise<void> {
  const { 'content-type': contentType } = call.request.headers;
  const begun = beginUpload(call, bucket, contentType === undefined ? {} : { contentType });
  finishUpload(call, begun, await readContent(call));
}

/** The resource and the content in one body. */
export async function uploadMultipart(call: StorageCall, bucket: string): Promise<void> {
  const body = await readContent(call);
  const [resource, media] = splitMultipart(body, call.request.headers['content-type'] ?? '');
  const { contentType } = media;
  const fields = {
    ...(contentType ? { contentType } : {}),
    ...parseResource(String(resource.content)),
  };
  finishUpload(call, beginUpload(call, bucket, fields), media.content);
}

export function beginUpload(
  { store, request, query }: StorageCall,
  bucket: string,
  resource: Readonly<Record<string, unknown>>,
): BegunUpload {
  store.requireBucket(bucket);
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

export function finishUpload(
  { store, response }: StorageCall,
  { conditions, ...upload }: BegunUpload,
  content: Uint8Array,
): object {
  const draft: ObjectDraft = { ...upload, content };
  const object = store.put(draft, conditions);
  writeJson(response, 200, object);
  return object;
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
