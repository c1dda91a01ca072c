import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FaultBook } from '../../fault/fault-book.ts';
import { meetFaults } from '../../fault/fault-route.ts';
import type { PlainRoute } from '../../protocol/handler.ts';
import { writeJson } from '../../protocol/rest/write-answer.ts';
import { StatusError } from '../../protocol/status-error.ts';
import {
  deleteBucket,
  getBucket,
  getStorageLayout,
  insertBucket,
  listBuckets,
  listManagedFolders,
  patchBucket,
} from './bucket-routes.ts';
import { deleteObject, getObject, patchObject, updateObject } from './object/answer-object.ts';
import { composeObject, copyObject, rewriteObject } from './object/copy-object.ts';
import type { Journey } from './object/copy-object.ts';
import { listObjects } from './object/list-objects.ts';
import type { ObjectPlace } from './object/stored-object.ts';
import type { StorageCall } from './storage-call.ts';
import { StorageError, writeStorageError } from './storage-error.ts';
import type { ObjectStore } from './store/object-store.ts';
import { beginResumable, cancelResumable, continueResumable } from './upload/resumable-uploads.ts';
import { uploadMedia, uploadMultipart } from './upload/upload-at-once.ts';

interface RouteDeps {
  readonly store: ObjectStore;
  readonly faults: FaultBook;
}

/** The parts of a path that a pattern leaves open, in their order. */
type Answer = (call: StorageCall, ...parts: readonly string[]) => void | Promise<void>;

interface Method {
  /** As in Google's reference; faults are for these names. */
  readonly name: string;
  /** The verb, and the path behind `/storage/v1/b`; `*` is one segment. */
  readonly pattern: string;
  readonly answer: Answer;
}

const onObject =
  (answer: (call: StorageCall, place: ObjectPlace) => void | Promise<void>): Answer =>
  (call, bucket = '', name = '') =>
    answer(call, { bucket, name });

const onJourney =
  (answer: (call: StorageCall, journey: Journey) => Promise<void>): Answer =>
  (call, ...[bucket = '', name = '', toBucket = '', toName = '']) =>
    answer(call, { from: { bucket, name }, to: { bucket: toBucket, name: toName } });

const list: Answer = (call, bucket = '') =>
  writeJson(call.response, 200, listObjects(call, bucket));

const methods: readonly Method[] = [
  { name: 'buckets.insert', pattern: 'POST ', answer: insertBucket },
  { name: 'buckets.list', pattern: 'GET ', answer: listBuckets },
  { name: 'buckets.get', pattern: 'GET /*', answer: getBucket },
  { name: 'buckets.patch', pattern: 'PATCH /*', answer: patchBucket },
  { name: 'buckets.delete', pattern: 'DELETE /*', answer: deleteBucket },
  { name: 'buckets.getStorageLayout', pattern: 'GET /*/storageLayout', answer: getStorageLayout },
  { name: 'managedFolders.list', pattern: 'GET /*/managedFolders', answer: listManagedFolders },
  { name: 'objects.list', pattern: 'GET /*/o', answer: list },
  { name: 'objects.get', pattern: 'GET /*/o/*', answer: onObject(getObject) },
  { name: 'objects.patch', pattern: 'PATCH /*/o/*', answer: onObject(patchObject) },
  { name: 'objects.update', pattern: 'PUT /*/o/*', answer: onObject(updateObject) },
  { name: 'objects.delete', pattern: 'DELETE /*/o/*', answer: onObject(deleteObject) },
  { name: 'objects.compose', pattern: 'POST /*/o/*/compose', answer: onObject(composeObject) },
  { name: 'objects.copy', pattern: 'POST /*/o/*/copyTo/b/*/o/*', answer: onJourney(copyObject) },
  {
    name: 'objects.rewrite',
    pattern: 'POST /*/o/*/rewriteTo/b/*/o/*',
    answer: onJourney(rewriteObject),
  },
];

const uploadMethods: readonly Method[] = [
  { name: 'objects.insert', pattern: 'POST /*/o', answer: upload },
  { name: 'objects.insert', pattern: 'PUT /*/o', answer: continueResumable },
  { name: 'objects.insert', pattern: 'DELETE /*/o', answer: cancelResumable },
];

/** Cloud Storage's JSON API (https://cloud.google.com/storage/docs/json_api/v1). */
export function storageRoutes(deps: RouteDeps): readonly PlainRoute[] {
  return [
    { prefix: '/storage/v1/b', answer: answerWith(deps, methods) },
    // Where Google's client for Python downloads.
    { prefix: '/download/storage/v1/b/', answer: answerWith(deps, methods) },
    { prefix: '/upload/storage/v1/b/', answer: answerWith(deps, uploadMethods) },
    // Where gcloud begins resumable uploads.
    { prefix: '/resumable/upload/storage/v1/b/', answer: answerWith(deps, uploadMethods) },
  ];
}

function answerWith({ store, faults }: RouteDeps, known: readonly Method[]) {
  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const [path = '', search = ''] = (request.url ?? '').split(/\?(.*)/s);
    const call = { store, request, response, query: new URLSearchParams(search) };
    try {
      const { method, parts } = findMethod(known, request, path);
      await meetFaults(faults, faultable(method, response));
      await method.answer(call, ...parts);
    } catch (error) {
      const isOurs = error instanceof StorageError || error instanceof StatusError;
      if (!isOurs || response.headersSent) throw error;
      // What is still being sent would be taken for the next request.
      response.setHeader('connection', request.complete ? 'keep-alive' : 'close');
      writeStorageError(response, error);
    }
  };
}

function findMethod(
  known: readonly Method[],
  { method: verb = '' }: IncomingMessage,
  path: string,
) {
  const segments = segmentsOf(path);
  for (const method of known) {
    const [wantedVerb, ...wanted] = method.pattern.split(/[ /]/).filter(Boolean);
    const isMeant =
      segments !== null &&
      wantedVerb === verb &&
      wanted.length === segments.length &&
      wanted.every((one, at) => one === '*' || one === segments[at]);
    if (isMeant) return { method, parts: segments.filter((_, at) => wanted[at] === '*') };
  }
  throw new StorageError('notImplemented', `local-cloud does not model ${verb} ${path}.`);
}

/** After `…/v1/b`, decoded: an object's name is one of them, whatever slashes it has. */
function segmentsOf(path: string): readonly string[] | null {
  const [, below] = path.split(/\/storage\/v1\/b(?=\/|$)/);
  if (below === undefined) return null;
  try {
    return below.split('/').filter(Boolean).map(decodeURIComponent);
  } catch {
    throw new StorageError('invalid', `${path} is not percent-encoded UTF-8.`);
  }
}

function faultable({ name }: Method, response: ServerResponse) {
  const gone = new AbortController();
  response.on('close', () => gone.abort());
  return {
    service: 'storage',
    method: `storage.${name}`,
    transport: 'rest' as const,
    signal: gone.signal,
    request: {},
  };
}

async function upload(call: StorageCall, bucket = ''): Promise<void> {
  const type = call.query.get('uploadType');
  if (type === 'multipart') return uploadMultipart(call, bucket);
  if (type === 'resumable') return beginResumable(call, bucket);
  if (type === 'media') return uploadMedia(call, bucket);
  throw new StorageError('invalid', `Invalid value for uploadType: ${type}.`);
}
