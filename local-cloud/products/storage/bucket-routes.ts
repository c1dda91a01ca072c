import { writeJson } from '../../protocol/rest/write-answer.ts';
import { readResource } from './storage-call.ts';
import type { StorageCall } from './storage-call.ts';
import { StorageError } from './storage-error.ts';

/** https://cloud.google.com/storage/docs/json_api/v1/buckets */
export async function insertBucket(call: StorageCall): Promise<void> {
  requireProject(call);
  writeJson(call.response, 200, call.store.buckets.create(await readResource(call)));
}

export function listBuckets(call: StorageCall): void {
  requireProject(call);
  const items = call.store.buckets.list(call.query.get('prefix') ?? '');
  const found = items.length === 0 ? {} : { items };
  writeJson(call.response, 200, { kind: 'storage#buckets', ...found });
}

export function getBucket({ store, response }: StorageCall, name: string): void {
  writeJson(response, 200, store.buckets.require(name));
}

export async function patchBucket(call: StorageCall, name: string): Promise<void> {
  const { store, response } = call;
  writeJson(response, 200, store.buckets.change(name, await readResource(call)));
}

export function deleteBucket({ store, response }: StorageCall, name: string): void {
  store.deleteBucket(name);
  response.writeHead(204).end();
}

/** What gcloud asks before it copies. */
export function getStorageLayout({ store, response }: StorageCall, name: string): void {
  const { location } = store.buckets.require(name);
  writeJson(response, 200, {
    kind: 'storage#storageLayout',
    bucket: name,
    location,
    locationType: 'region',
    hierarchicalNamespace: { enabled: false },
  });
}

/** There are none; gcloud asks before it removes a bucket. */
export function listManagedFolders({ store, response }: StorageCall, name: string): void {
  store.buckets.require(name);
  writeJson(response, 200, { kind: 'storage#managedFolders' });
}

function requireProject({ query }: StorageCall): void {
  if (!query.get('project')) throw new StorageError('required', 'Required parameter: project');
}
