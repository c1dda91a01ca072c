import { createReadStream, openSync } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { readResource, writeObject } from '../storage-call.ts';
import type { StorageCall } from '../storage-call.ts';
import type { Sought } from '../store/object-store.ts';
import { readPreconditions } from './precondition.ts';
import { readRange } from './read-range.ts';
import { requireObjectName } from './stored-object.ts';
import type { ObjectPlace } from './stored-object.ts';

/** https://cloud.google.com/storage/docs/json_api/v1/objects/get */
export async function getObject(call: StorageCall, place: ObjectPlace): Promise<void> {
  const sought = seek(call, place);
  if (call.query.get('alt') === 'media') return writeContent(call, sought);
  writeObject(call, call.store.get(sought));
}

export function deleteObject(call: StorageCall, place: ObjectPlace): void {
  call.store.delete(seek(call, place));
  call.response.writeHead(204).end();
}

/** https://cloud.google.com/storage/docs/json_api/v1/objects/patch */
export async function patchObject(call: StorageCall, place: ObjectPlace): Promise<void> {
  const resource = await readResource(call);
  const changed = call.store.change(seek(call, place), { resource, how: 'patch' });
  writeObject(call, changed);
}

/** https://cloud.google.com/storage/docs/json_api/v1/objects/update */
export async function updateObject(call: StorageCall, place: ObjectPlace): Promise<void> {
  const resource = await readResource(call);
  const changed = call.store.change(seek(call, place), { resource, how: 'replace' });
  writeObject(call, changed);
}

function seek({ query }: StorageCall, place: ObjectPlace): Sought {
  requireObjectName(place.name);
  return { place, conditions: readPreconditions(query), generation: query.get('generation') };
}

async function writeContent({ store, request, response }: StorageCall, sought: Sought) {
  const object = store.get(sought);
  const { contentType, contentEncoding, size, generation, metageneration, md5Hash } = object;
  const range = readRange(request.headers.range, Number(size));
  const { from, to } = range ?? { from: 0, to: Number(size) };
  // Open before anybody waits: whoever replaces the object then removes only its name.
  const fd = openSync(store.pathOf(sought.place), 'r');
  response.writeHead(range ? 206 : 200, {
    'content-type': contentType,
    ...(contentEncoding ? { 'content-encoding': contentEncoding } : {}),
    'content-length': to - from,
    ...(range ? { 'content-range': `bytes ${from}-${to - 1}/${size}` } : {}),
    etag: object.etag,
    'x-goog-generation': generation,
    'x-goog-metageneration': metageneration,
    'x-goog-hash': `crc32c=${object.crc32c}${md5Hash ? `,md5=${md5Hash}` : ''}`,
    'x-goog-stored-content-encoding': contentEncoding ?? 'identity',
    'x-goog-stored-content-length': size,
  });
  const content = createReadStream('', { fd, start: from, end: Math.max(from, to - 1) });
  // A reader that has gone is no mistake.
  await pipeline(content, response).catch(() => response.destroy());
}
