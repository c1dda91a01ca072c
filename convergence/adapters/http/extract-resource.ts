import { createHash } from 'node:crypto';
import { fail } from '../../engine/error-codes.ts';
import {
  incrementalBindings,
  openWindow,
  progressOf,
  stateAfter,
} from '../../engine/flow/extract/incremental-window.ts';
import type { JsonScalar, PageReader } from '../../engine/flow/extract/page-reader.ts';
import type { ResolvedResource } from '../../engine/flow/extract/resolve-resources.ts';
import type { ExtractRequest, Extraction } from '../../engine/flow/source.ts';
import type { RestSourceSpec } from '../../engine/pipeline/spec/rest-source-spec.ts';
import { LoadFolder } from './load-folder.ts';
import type { Checkpoint } from './load-folder.ts';
import type { SourceClient } from './source-client.ts';
import { firstState, walkPages } from './walk-pages.ts';
import type { Walk, WalkContext } from './walk-pages.ts';

type WalksContext = Omit<WalkContext, 'walk'>;

const DEFAULT_CONCURRENCY = 4;

export interface RestWork {
  readonly spec: RestSourceSpec;
  readonly resource: ResolvedResource;
}

/**
 * One resource from its source to parts: resumes from the checkpoint in the folder, walks over its
 * pages, or over those of each record of its parent, and answers with the parts and the new state.
 */
export async function extractResource(
  { spec, resource }: RestWork,
  request: ExtractRequest,
  deps: { http: SourceClient; pages: PageReader },
): Promise<Extraction> {
  const { incremental } = resource;
  const window = incremental ? openWindow(incremental, request.state) : null;
  const fresh = freshCheckpoint({ spec, resource }, request);
  const load = await LoadFolder.open(request, fresh);
  const context: WalksContext = {
    client: spec.client,
    resource,
    window,
    ...deps,
    load,
    selectorProven: request.state !== null,
    maxPages: request.maxPages,
    signal: request.signal,
    onPage: () => report(load, request),
  };
  if (!load.checkpoint.done) {
    await walkAll(walksOf(context, request), context);
    await load.commit(null, (checkpoint) => ({ ...checkpoint, done: true }));
  }
  const { cursor, rows } = load.checkpoint;
  return {
    parts: load.parts(),
    state: stateAfter(incremental, request.state, cursor),
    unchanged: incremental !== undefined && rows === 0,
  };
}

function freshCheckpoint({ spec, resource }: RestWork, request: ExtractRequest): Checkpoint {
  const identity = [spec.client.base_url, spec.client.paginator, resource, request.state];
  return {
    fingerprint: createHash('sha256').update(JSON.stringify(identity)).digest('hex'),
    done: false,
    begun: 0,
    active: {},
    pages: 0,
    rows: 0,
    bytes: 0,
    cursor: progressOf(request.state),
    parts: [],
  };
}

function report(load: LoadFolder, request: ExtractRequest): void {
  const { rows, bytes, parts } = load.checkpoint;
  request.onProgress({ rows, bytes, parts: parts.length });
}

/** The walks of a resource, always in the same order: their numbers are kept in the checkpoint. */
async function* walksOf(
  { resource, window, pages }: WalksContext,
  request: ExtractRequest,
): AsyncIterable<Walk> {
  const bindings =
    resource.incremental && window
      ? incrementalBindings(resource.incremental, window, request.state)
      : {};
  const { parent } = resource;
  if (!parent) {
    yield { number: 0, bindings, constants: {} };
    return;
  }
  const parts = request.parents[parent.name]?.parts;
  if (!parts)
    throw fail('internal', `The parent '${parent.name}' was not extracted before its child`);
  let number = 0;
  const paths = parts.map((part) => part.path);
  for await (const record of pages.readFields(paths, parent.fields)) {
    yield {
      number: number++,
      bindings: { ...bindings, ...prefixed(`resources.${parent.name}.`, record, parent.fields) },
      // The name that dlt gives them.
      constants: prefixed(`_${parent.name}_`, record, resource.includeFromParent),
    };
  }
}

function prefixed(
  prefix: string,
  record: Readonly<Record<string, JsonScalar>>,
  fields: readonly string[],
): Record<string, JsonScalar> {
  return Object.fromEntries(fields.map((field) => [prefix + field, record[field] ?? null]));
}

/** Some walks at a time; the first failure ends them all. */
async function walkAll(walks: AsyncIterable<Walk>, context: WalksContext): Promise<void> {
  const stop = new AbortController();
  const signal = AbortSignal.any([context.signal, stop.signal]);
  const iterator = walks[Symbol.asyncIterator]();
  const failures: unknown[] = [];
  const work = async () => {
    try {
      for (;;) {
        const next: IteratorResult<Walk, unknown> = await iterator.next();
        if (next.done || signal.aborted || isFull(context)) return;
        await beginWalk({ ...context, signal, walk: next.value });
      }
    } catch (error) {
      failures.push(error);
      stop.abort();
    }
  };
  const workers = context.client.rate_limit?.concurrency ?? DEFAULT_CONCURRENCY;
  await Promise.all(Array.from({ length: workers }, work));
  await iterator.return?.();
  context.signal.throwIfAborted();
  if (failures.length > 0) throw failures[0];
}

function isFull({ maxPages, load }: WalksContext): boolean {
  return maxPages !== undefined && load.checkpoint.pages >= maxPages;
}

/** Goes on with a walk that a crash interrupted, leaves out one that had come to its end. */
async function beginWalk(context: WalkContext): Promise<void> {
  const { walk } = context;
  const { begun, active } = context.load.checkpoint;
  const kept = active[walk.number];
  if (walk.number < begun && !kept) return;
  const state = kept ?? firstState(context);
  if (!kept) {
    context.load.update((checkpoint) => ({
      ...checkpoint,
      begun: walk.number + 1,
      active: { ...checkpoint.active, [walk.number]: state },
    }));
  }
  await walkPages(state, context);
}
