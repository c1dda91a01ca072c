import type { IncomingMessage, ServerResponse } from 'node:http';
import type { PlainRoute } from '../../protocol/handler.ts';
import { writeJson } from '../../protocol/rest/write-answer.ts';
import { listObjects } from './list-objects.ts';
import { ObjectStore } from './object-store.ts';
import type { ObjectPlace, StorageDeps } from './object-store.ts';
import { readPreconditions } from './precondition.ts';
import { readRange } from './read-range.ts';
import { ResumableUploads } from './upload/resumable-uploads.ts';
import { parseResource, readContent } from './storage-call.ts';
import type { StorageCall } from './storage-call.ts';
import { StorageError, writeStorageError } from './storage-error.ts';
import { requireObjectName } from './stored-object.ts';
import { uploadMedia, uploadMultipart } from './upload/upload.ts';

type Answer = (call: StorageCall, path: readonly string[]) => void | Promise<void>;

/** The part of Cloud Storage's JSON API that Google's client uses for buckets and objects. */
export function storageRoutes(deps: StorageDeps): readonly PlainRoute[] {
  const store = new ObjectStore(deps);
  const uploads = new ResumableUploads();
  const answerWith =
    (answer: Answer) =>
    async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
      const [path = '', search = ''] = (request.url ?? '').split(/\?(.*)/s);
      const call = { store, request, response, query: new URLSearchParams(search) };
      try {
        await answer(call, segmentsOf(path));
      } catch (error) {
        if (!(error instanceof StorageError) || response.headersSent) throw error;
        writeStorageError(response, error);
      }
    };
  return [
    { prefix: '/storage/v1/b', answer: answerWith(answerCall) },
    // Where Google's client for Python downloads.
    { prefix: '/download/storage/v1/b/', answer: answerWith(answerCall) },
    {
      prefix: '/upload/storage/v1/b/',
      answer: answerWith((call, path) => answerUpload(call, path, uploads)),
    },
  ];
}

/** After `…/v1/b`, decoded: an object's name is one of them, whatever slashes it has. */
function segmentsOf(path: string): readonly string[] {
  const [, below = ''] = path.split(/\/storage\/v1\/b(?:\/|$)/);
  try {
    return below.split('/').filter(Boolean).map(decodeURIComponent);
  } catch {
    throw new StorageError('invalid', `${path} is not percent-encoded UTF-8.`);
  }
}

async function answerCall(call: StorageCall, path: readonly string[]): Promise<void> {
  const { store, request, response, query } = call;
  const [bucket, collection, name, ...more] = path;
  const { method } = request;
  if (bucket === undefined && method === 'POST') return createBucket(call);
  if (bucket !== undefined && more.length === 0) {
    if (collection === undefined && method === 'GET')
      return writeJson(response, 200, store.requireBucket(bucket));
    if (collection === 'o' && name === undefined && method === 'GET')
      return writeJson(response, 200, listObjects(store, bucket, query));
    if (collection === 'o' && name !== undefined) return answerObject(call, { bucket, name });
  }
  throw notModelled(request);
}

async function createBucket(call: StorageCall): Promise<void> {
  if (!call.query.get('project')) throw new StorageError('required', 'Required parameter: project');
  const resource = parseResource(String(await readContent(call)));
  writeJson(call.response, 200, call.store.createBucket(resource));
}

function answerObject(call: StorageCall, place: ObjectPlace): void {
  const { store, request, response, query } = call;
  requireObjectName(place.name);
  requireNewest(call, place);
  if (request.method === 'DELETE') {
    store.delete(place, readPreconditions(query));
    response.writeHead(204).end();
  } else if (request.method !== 'GET') throw notModelled(request);
  else if (query.get('alt') === 'media') writeContent(call, place);
  else writeJson(response, 200, store.get(place, readPreconditions(query)));
}

/** Older generations are not kept. */
function requireNewest({ store, query }: StorageCall, place: ObjectPlace): void {
  const generation = query.get('generation');
  if (generation === null || store.get(place, {}).generation === generation) return;
  const message = `No such object: ${place.bucket}/${place.name}#${generation}`;
  throw new StorageError('notFound', message);
}

function writeContent({ store, request, response, query }: StorageCall, place: ObjectPlace): void {
  const object = store.get(place, readPreconditions(query));
  const range = readRange(request.headers.range, Number(object.size));
  const { contentType, contentEncoding, size, generation, metageneration } = object;
  const { from, to } = range ?? { from: 0, to: Number(size) };
  response.writeHead(range ? 206 : 200, {
    'content-type': contentType,
    ...(contentEncoding ? { 'content-encoding': contentEncoding } : {}),
    'content-length': to - from,
    ...(range ? { 'content-range': `bytes ${from}-${to - 1}/${size}` } : {}),
    etag: object.etag,
    'x-goog-generation': generation,
    'x-goog-metageneration': metageneration,
    'x-goog-hash': `crc32c=${object.crc32c},md5=${object.md5Hash}`,
    'x-goog-stored-content-encoding': contentEncoding ?? 'identity',
    'x-goog-stored-content-length': size,
  });
  response.end(store.readContent(place).subarray(from, to));
}

async function answerUpload(
  call: StorageCall,
  [bucket, collection, ...more]: readonly string[],
  uploads: ResumableUploads,
): Promise<void> {
  const { request, query } = call;
  if (bucket === undefined || collection !== 'o' || more.length > 0) throw notModelled(request);
  if (request.method === 'PUT' && query.has('upload_id')) return uploads.continue(call);
  if (request.method !== 'POST') throw notModelled(request);
  const type = query.get('uploadType');
  if (type === 'multipart') return uploadMultipart(call, bucket);
  if (type === 'resumable') return uploads.begin(call, bucket);
  if (type === 'media') return uploadMedia(call, bucket);
  throw new StorageError('invalid', `Invalid value for uploadType: ${type}.`);
}

function notModelled({ method, url }: IncomingMessage): StorageError {
  const [path] = (url ?? '').split('?');
  return new StorageError('notImplemented', `local-cloud does not model ${method} ${path}.`);
}
