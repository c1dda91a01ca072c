import { createReadStream } from 'node:fs';
import { writeJson } from '../../../protocol/rest/write-answer.ts';
import { readResource, withLinks, writeObject } from '../storage-call.ts';
import type { StorageCall } from '../storage-call.ts';
import { StorageError } from '../storage-error.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { readPreconditions } from './precondition.ts';
import { readFields, requireObjectName } from './stored-object.ts';
import type { ObjectDraft, ObjectPlace, StoredObject } from './stored-object.ts';

export interface Journey {
  readonly from: ObjectPlace;
  readonly to: ObjectPlace;
}

/** https://cloud.google.com/storage/docs/json_api/v1/objects/copy */
export async function copyObject(call: StorageCall, journey: Journey): Promise<void> {
  writeObject(call, await copy(call, journey));
}

/** Done in one go, whatever the size: https://cloud.google.com/storage/docs/json_api/v1/objects/rewrite */
export async function rewriteObject(call: StorageCall, journey: Journey): Promise<void> {
  const resource = await copy(call, journey);
  writeJson(call.response, 200, {
    kind: 'storage#rewriteResponse',
    totalBytesRewritten: resource.size,
    objectSize: resource.size,
    done: true,
    resource: withLinks(call, resource),
  });
}

async function copy(call: StorageCall, { from, to }: Journey): Promise<StoredObject> {
  const { store, query } = call;
  requireObjectName(to.name);
  const given = await readResource(call);
  const source = store.get({
    place: from,
    conditions: readPreconditions(query, 'ifSource'),
    generation: query.get('sourceGeneration'),
  });
  const id = await store.contents.copy(store.contentOf(from));
  const facts = { sizeBytes: Number(source.size), crc32c: source.crc32c };
  const { md5Hash = '', componentCount } = source;
  // A resource in the request takes the place of all that the source says.
  const fields = readFields(Object.keys(given).length > 0 ? given : { ...source });
  return putOrRemove(call, {
    ...to,
    fields,
    content: { id, ...facts, md5Hash },
    expected: {},
    ...(componentCount === undefined ? {} : { componentCount }),
  });
}

interface SourceObject {
  readonly name: string;
  /** Google's client for Node sends a number. */
  readonly generation?: string | number;
  readonly objectPreconditions?: { readonly ifGenerationMatch?: string | number };
}

const MAX_SOURCES = 32;

/** https://cloud.google.com/storage/docs/json_api/v1/objects/compose */
export async function composeObject(call: StorageCall, place: ObjectPlace): Promise<void> {
  const { store } = call;
  requireObjectName(place.name);
  const { sourceObjects, destination } = (await readResource(call)) as {
    sourceObjects?: readonly SourceObject[];
    destination?: Readonly<Record<string, unknown>>;
  };
  const asked = sourceObjects ?? [];
  if (asked.length < 1 || asked.length > MAX_SOURCES)
    throw new StorageError(
      'invalid',
      `The number of source components provided (${asked.length}) must be 1 to ${MAX_SOURCES}.`,
    );
  const sources = asked.map((one) => findSource(store, place.bucket, one));
  const content = await store.contents.write(join(store, sources));
  const componentCount = sources.reduce((sum, one) => sum + (one.componentCount ?? 1), 0);
  const fields = readFields(destination ?? {});
  const draft = { ...place, fields, content, expected: {}, componentCount };
  writeObject(call, await putOrRemove(call, draft));
}

function findSource(
  store: ObjectStore,
  bucket: string,
  { name, generation, objectPreconditions = {} }: SourceObject,
): StoredObject {
  const { ifGenerationMatch } = objectPreconditions;
  return store.get({
    place: { bucket, name },
    conditions:
      ifGenerationMatch === undefined ? {} : { ifGenerationMatch: String(ifGenerationMatch) },
    generation: generation === undefined ? null : String(generation),
  });
}

async function* join(
  store: ObjectStore,
  sources: readonly StoredObject[],
): AsyncGenerator<Uint8Array> {
  for (const source of sources) yield* createReadStream(store.pathOf(source));
}

async function putOrRemove({ store, query }: StorageCall, draft: ObjectDraft) {
  try {
    return store.put(draft, readPreconditions(query));
  } catch (error) {
    store.contents.remove(draft.content.id);
    throw error;
  }
}
