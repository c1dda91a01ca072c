import { createHash } from 'node:crypto';
import { open, readdir, rm, stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import {
  extensionOf,
  formatOf,
  HEAD_BYTES,
  partFormat,
  requireContent,
} from '../../../engine/flow/extract/file/file-format.ts';
import type { FileFormat } from '../../../engine/flow/extract/file/file-format.ts';
import type { FoundFile } from '../../../engine/flow/extract/file/file-news.ts';
import type { FoundObject, ObjectStore } from '../../../engine/flow/extract/object/object-store.ts';
import type { Part } from '../../../engine/flow/part.ts';
import type { ExtractRequest } from '../../../engine/flow/source.ts';
import type { ObjectResource } from '../../../engine/pipeline/spec/file-source-spec.ts';

export interface FoundPart extends FoundFile {
  readonly object: FoundObject;
  readonly store: ObjectStore;
}

interface PartPlace {
  readonly resource: ObjectResource;
  readonly request: ExtractRequest;
}

interface PlacedPart extends FoundPart {
  readonly format: FileFormat;
  readonly path: string;
}

/** Downloads at once: one of them alone does not fill a fast line. */
const PARALLEL = 8;
/** Of an object that a look begins to read. */
const LOOK_BYTES = 4 * 1024 * 1024;

/** Fetches what is not there yet, and forgets what another version of the objects left. */
export async function receiveParts(
  files: readonly FoundPart[],
  { resource, request }: PartPlace,
): Promise<Part[]> {
  const placed = files.map((file) => placeOf(file, { resource, request }));
  await removeOthers(request.folder, new Set(placed.map(({ path }) => path)));
  const parts: Part[] = [];
  let bytes = 0;
  for (let start = 0; start < placed.length; start += PARALLEL) {
    const batch = placed.slice(start, start + PARALLEL);
    await allOrStop(batch, (file, signal) => fetchPart(file, signal), request.signal);
    for (const file of batch) parts.push(...(await partOf(file, resource)));
    bytes += batch.reduce((sum, { object }) => sum + object.sizeBytes, 0);
    request.onProgress({ rows: null, bytes, parts: parts.length });
  }
  return parts;
}

/** The first of the objects, or the beginning of it where the lines of a beginning can be read. */
export async function lookAtObject(
  files: readonly FoundPart[],
  { resource, request }: PartPlace,
): Promise<Part[]> {
  const file = files.find(({ object }) => object.sizeBytes > 0) ?? files[0];
  if (!file) return [];
  const placed = placeOf(file, { resource, request });
  const { format, object, path } = placed;
  const hasLines = format.compression === 'none' && /^(csv|ndjson)$/.test(format.format);
  if (!hasLines || object.sizeBytes <= LOOK_BYTES) {
    return receiveParts([file], { resource, request });
  }
  await file.store.download(object, path, { maxBytes: LOOK_BYTES, signal: request.signal });
  await truncate(path, await lastLineEnd(path));
  return partOf(placed, resource);
}

/** One name for each version: what is there under it is that version, or the beginning of it. */
function placeOf(file: FoundPart, { resource, request }: PartPlace): PlacedPart {
  const format = formatOf(file.label, resource);
  const { uri, version } = file.object;
  const name = createHash('sha256').update(`${uri}\n${version}`).digest('hex').slice(0, 24);
  return { ...file, format, path: join(request.folder, `${name}${extensionOf(format)}`) };
}

async function removeOthers(folder: string, wanted: ReadonlySet<string>): Promise<void> {
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    if (!wanted.has(path.replace(/\.partial$/, ''))) await rm(path, { recursive: true });
  }
}

async function fetchPart({ object, path, store }: PlacedPart, signal: AbortSignal): Promise<void> {
  const there = await stat(path).catch(() => null);
  if (there?.size !== object.sizeBytes) await store.download(object, path, { signal });
}

/** When one fails the others stop, too, before it is told: nobody writes to the folder any more. */
async function allOrStop<Item>(
  items: readonly Item[],
  work: (item: Item, signal: AbortSignal) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const stop = new AbortController();
  const both = AbortSignal.any([signal, stop.signal]);
  await Promise.allSettled(
    items.map((item) => work(item, both).catch((error: unknown) => stop.abort(error))),
  );
  both.throwIfAborted();
}

/** None when the object is empty. */
async function partOf(
  { label, object, path, format }: PlacedPart,
  resource: ObjectResource,
): Promise<Part[]> {
  if (object.sizeBytes === 0) return [];
  const { size: sizeBytes } = await stat(path);
  const head = await readAt(path, 0, HEAD_BYTES);
  requireContent({ label, head }, format, resource.csv?.encoding !== undefined);
  return [{ path, label, sizeBytes, ...partFormat(resource, format) }];
}

/** Behind the last line break of a file; its size when there is none. */
async function lastLineEnd(path: string): Promise<number> {
  const { size } = await stat(path);
  const content = await readAt(path, 0, size);
  const at = content.lastIndexOf(0x0a);
  return at === -1 ? size : at + 1;
}

async function readAt(path: string, position: number, sizeBytes: number): Promise<Uint8Array> {
  await using file = await open(path);
  const { buffer, bytesRead } = await file.read(Buffer.alloc(sizeBytes), 0, sizeBytes, position);
  return buffer.subarray(0, bytesRead);
}
