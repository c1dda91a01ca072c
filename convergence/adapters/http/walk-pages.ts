import { unlink } from 'node:fs/promises';
import { fail } from '../../engine/error-codes.ts';
import { buildRequest } from '../../engine/flow/extract/build-request.ts';
import type { Bindings } from '../../engine/flow/extract/build-request.ts';
import { detectPaginator, detectSelector } from '../../engine/flow/extract/detect-page.ts';
import { advance, isPastWindow } from '../../engine/flow/extract/incremental-window.ts';
import {
  firstStep,
  nextStep,
  stepChanges,
  stepFromHeaders,
  valuePaths,
} from '../../engine/flow/extract/next-request.ts';
import type {
  CursorWindow,
  JsonScalar,
  PageFacts,
  PageReader,
  PageRecords,
} from '../../engine/flow/extract/page-reader.ts';
import type { KnownPaginator, PageStep } from '../../engine/flow/extract/page-reader.ts';
import { assertComplete, isRange, stepAhead } from '../../engine/flow/extract/range-pages.ts';
import type { ResolvedResource } from '../../engine/flow/extract/resolve-resources.ts';
import type { RestClient } from '../../engine/pipeline/spec/rest-client-spec.ts';
import type { LoadFolder, WalkState } from './load-folder.ts';
import type { SourceClient, SourceResponse } from './source-client.ts';

/** One walk over pages, and what all walks of an extraction have together. */
export interface WalkContext {
  readonly walk: Walk;
  readonly client: RestClient;
  readonly resource: ResolvedResource;
  readonly window: CursorWindow | null;
  readonly http: SourceClient;
  readonly pages: PageReader;
  readonly load: LoadFolder;
  /** The data_selector was right in an earlier load. */
  readonly selectorProven: boolean;
  /** Pages in all walks; undefined for all that there are. */
  readonly maxPages: number | undefined;
  readonly signal: AbortSignal;
  onPage(): void;
}

export interface Walk {
  readonly number: number;
  readonly bindings: Bindings;
  readonly constants: Readonly<Record<string, JsonScalar>>;
}

interface Fetched {
  readonly step: PageStep;
  readonly url: string;
  readonly response: SourceResponse;
}

const NO_RECORDS: PageRecords = {
  rowsInPage: 0,
  rowsWritten: 0,
  digest: '',
  values: {},
  cursorMin: null,
  cursorMax: null,
  atCursorMax: [],
  lines: null,
};

export function firstState(context: Pick<WalkContext, 'client' | 'resource'>): WalkState {
  const { client, resource } = context;
  const paginator = resource.endpoint.paginator ?? client.paginator ?? { type: 'auto' };
  return {
    step: firstStep(paginator),
    paginator: paginator.type === 'auto' ? null : paginator,
    selector: resource.endpoint.data_selector ?? null,
    rows: 0,
    values: {},
    digest: null,
  };
}

/**
 * Fetches page after page, from where the walk stands to its end; each page is committed with the
 * step that follows it. The next requests are under way while a page is read and written.
 * @throws source_*, cursor_value_missing, disk_full, the signal's reason
 */
export async function walkPages(begin: WalkState, context: WalkContext): Promise<void> {
  const leave = new AbortController();
  const signal = AbortSignal.any([context.signal, leave.signal]);
  const asked = new Set<string>();
  let state = begin;
  const arriving: Promise<Fetched>[] = [];
  const ask = (step: PageStep) =>
    arriving.push(startFetch({ ...state, step }, { ...context, signal }));
  ask(state.step);
  try {
    for (;;) {
      const fetched = (await arriving.shift()) as Fetched;
      state = await recognise(state, fetched, context);
      const foreseen = foresee(state, fetched, context);
      if (foreseen) ask(foreseen);
      const facts = await readPage(state, fetched, context);
      state = countPage(state, fetched, facts);
      const next = decideNext(state, { fetched, facts }, context);
      if (next) assertNew(next, fetched, asked);
      state = { ...state, step: next ?? state.step };
      for (const step of upcoming(next, state, context).slice(arriving.length)) ask(step);
      await commitPage({ state, facts, fetched, ended: next === null }, context);
      if (!next) return;
    }
  } finally {
    leave.abort();
    // They would write into the folder after we left.
    await Promise.allSettled(arriving);
  }
}

function startFetch(state: WalkState, context: WalkContext): Promise<Fetched> {
  const arriving = fetchPage(state, context);
  // It may fail while nobody waits for it yet.
  arriving.catch(() => undefined);
  return arriving;
}

async function fetchPage(state: WalkState, context: WalkContext): Promise<Fetched> {
  const { client, resource, walk, http, load, signal } = context;
  const { step, paginator } = state;
  const changes = stepChanges(paginator ?? { type: 'auto' }, step);
  const plan = buildRequest(client, resource.endpoint, {
    bindings: walk.bindings,
    changes,
  });
  const path = load.path(`body-${walk.number}-${step.index}`);
  const actions = resource.endpoint.response_actions;
  return { step, url: plan.url, response: await http.send(plan, { path, actions, signal }) };
}

/** Finds out on the first page what the config leaves open. */
async function recognise(
  state: WalkState,
  { response }: Fetched,
  context: WalkContext,
): Promise<WalkState> {
  if (state.paginator && state.selector !== null) return state;
  const outline = response.body
    ? await context.pages.readOutline({ path: response.body.path, label: response.label })
    : { root: 'null' as const, members: [] };
  return {
    ...state,
    paginator: state.paginator ?? detectPaginator(response.headers, outline),
    selector: state.selector ?? detectSelector(outline),
  };
}

function foresee(state: WalkState, fetched: Fetched, context: WalkContext): PageStep | null {
  if (context.maxPages !== undefined || fetched.response.ignored) return null;
  const { url, response } = fetched;
  const report = { url, headers: response.headers };
  return stepFromHeaders(knownPaginator(state), fetched.step, report) ?? null;
}

/**
 * The steps to be under way now. One more than the next of a walk whose total is known, so that a
 * slow source is never waited for twice; but other walks overlap with one of many, and an order
 * ends pages early.
 */
function upcoming(next: PageStep | null, state: WalkState, context: WalkContext): PageStep[] {
  if (next === null) return [];
  const { resource, maxPages } = context;
  if (maxPages !== undefined || resource.parent || resource.incremental?.row_order) return [next];
  const ahead = stepAhead(knownPaginator(state), next, state);
  return ahead ? [next, ahead] : [next];
}

async function readPage(
  state: WalkState,
  { step, response }: Fetched,
  context: WalkContext,
): Promise<PageRecords> {
  if (!response.body) return NO_RECORDS;
  return context.pages.readPage({
    body: { path: response.body.path, label: response.label },
    target: linesPath(step, context),
    selector: state.selector ?? '$',
    selectorProven: context.selectorProven || step.index > 0,
    values: valuePaths(knownPaginator(state)),
    cursor: context.window,
    constants: context.walk.constants,
  });
}

function linesPath(step: PageStep, { load, walk }: WalkContext): string {
  return load.path(`lines-${walk.number}-${step.index}`);
}

function knownPaginator(state: WalkState): KnownPaginator {
  return state.paginator ?? { type: 'single_page' };
}

/** @throws source_paging_broken when the source repeats a page instead of giving the next */
function countPage(state: WalkState, { response }: Fetched, facts: PageFacts): WalkState {
  const digest = facts.rowsInPage > 0 ? facts.digest : null;
  if (isRange(knownPaginator(state)) && digest !== null && digest === state.digest) {
    throw fail('source_paging_broken', `${response.label} gives the same page again`, {
      hint: 'Does the source know the parameter that counts the pages? Check the paginator.',
    });
  }
  const found = Object.entries(facts.values).filter(([, value]) => value !== null);
  return {
    ...state,
    rows: state.rows + facts.rowsInPage,
    values: { ...state.values, ...Object.fromEntries(found) },
    digest,
  };
}

function decideNext(
  state: WalkState,
  { fetched: { step, url, response }, facts }: { fetched: Fetched; facts: PageFacts },
  context: WalkContext,
): PageStep | null {
  if (response.ignored) return null;
  const { window, resource, maxPages, load } = context;
  if (maxPages !== undefined && load.checkpoint.pages + 1 >= maxPages) return null;
  if (window && isPastWindow(resource.incremental?.row_order, window, facts)) return null;
  const paginator = knownPaginator(state);
  const { headers } = response;
  const next = nextStep(paginator, step, {
    url,
    headers,
    values: facts.values,
    rows: facts.rowsInPage,
  });
  if (next === null) {
    const { rows, values } = state;
    assertComplete(paginator, { rows, last: step, lastRows: facts.rowsInPage, values });
  }
  return next;
}

/** Links and cursors that come back would go on for ever. */
function assertNew(next: PageStep, { step, url }: Fetched, asked: Set<string>): void {
  asked.add(step.url ?? step.cursor ?? url);
  const target = next.url ?? next.cursor;
  if (target === undefined || !asked.has(target)) return;
  throw fail(
    'source_paging_broken',
    `After page ${next.index} the source leads back to an earlier page`,
    {
      hint: 'Check the paginator against the responses of the source.',
    },
  );
}

async function commitPage(
  page: { state: WalkState; facts: PageRecords; fetched: Fetched; ended: boolean },
  context: WalkContext,
): Promise<void> {
  const { state, facts, fetched, ended } = page;
  const { body } = fetched.response;
  const lines = body ? (facts.lines ?? linesPath(fetched.step, context)) : null;
  await context.load.commit(lines, (checkpoint) => {
    const { [context.walk.number]: _, ...others } = checkpoint.active;
    return {
      ...checkpoint,
      active: ended ? others : { ...others, [context.walk.number]: state },
      pages: checkpoint.pages + 1,
      rows: checkpoint.rows + facts.rowsWritten,
      bytes: checkpoint.bytes + (body?.sizeBytes ?? 0),
      cursor: advance(checkpoint.cursor, facts),
    };
  });
  if (body) await unlink(body.path);
  context.onPage();
}
