import { AppError } from 'base/error.ts';
import type { TenantScope } from '../../tenant/tenant-scope.ts';
import type { FlowDeps, LoadReport, ResourceLoad } from '../load.ts';
import type { Extraction, SourceState } from '../source.ts';
import { judgeLoad, sizeOf, stageLoad, stagingOf, tell } from './stage-load.ts';
import type { ExtractedLoad, StagedLoad } from './stage-load.ts';
import type { Dataset, LoadReceipt } from '../warehouse.ts';

/**
 * How often a load starts over because another run published one of its resources first: each time
 * somebody got through, so that of as many runs at once all do.
 */
const MAX_TRIES = 100;

/**
 * A resource with the children that are read by its records, parents first; most have none. All are
 * staged and judged before the first is published, and children are published before the cursor of
 * their parents moves: what breaks off in between is read again, never left out.
 */
export async function loadFamily(
  scope: TenantScope,
  family: readonly ResourceLoad[],
  deps: FlowDeps,
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await tryFamily(scope, family, deps);
    } catch (error) {
      const moved = error instanceof AppError && error.code === 'state_moved';
      if (!moved || attempt === MAX_TRIES) throw error;
    }
  }
}

async function tryFamily(
  scope: TenantScope,
  family: readonly ResourceLoad[],
  deps: FlowDeps,
): Promise<void> {
  const extracted = await extractFamily(scope, family, deps);
  const fresh = extracted.filter(({ load, extraction }) => load.wanted && !extraction.unchanged);
  const receipts = await publishFamily(scope, fresh, deps).catch(async (error: unknown) => {
    if (isStale(error) && !isAborted(family)) await discardParts(scope, family, deps);
    throw error;
  });
  for (const { load, extraction } of extracted) {
    const receipt = receipts.get(load.loadId);
    if (receipt) load.ingest.observer.loaded(reportOf(load, receipt));
    else if (extraction.unchanged && load.wanted) load.ingest.observer.loaded(reportOf(load, null));
  }
}

/** The members that are not published yet, each with its rows on disk. */
async function extractFamily(
  scope: TenantScope,
  family: readonly ResourceLoad[],
  deps: FlowDeps,
): Promise<ExtractedLoad[]> {
  const extracted: ExtractedLoad[] = [];
  const extractions: Record<string, Extraction> = {};
  const over = new Set<string>();
  for (const load of family) {
    const { receipt, held } = await readStanding(scope, load, deps);
    if (receipt) judgeLoad(load, receipt);
    // Parents are published last: where one is, there was nothing more to load from it.
    if (receipt || load.parents.some((parent) => over.has(parent))) {
      over.add(load.spec.resource);
      if (load.wanted) load.ingest.observer.loaded(reportOf(load, receipt));
      continue;
    }
    const state = held?.state ?? null;
    const extraction = await extract(scope, { load, state, extractions }, deps);
    extractions[load.spec.resource] = extraction;
    extracted.push({ load, extraction, stateVersion: held?.version ?? 0 });
  }
  return extracted;
}

function readStanding(
  scope: TenantScope,
  { ingest, loadId, stateKey }: ResourceLoad,
  deps: FlowDeps,
) {
  return deps.warehouse.withDataset(scope, async (dataset) => {
    await dataset.raiseFence(ingest.rootRunId, ingest.fence);
    const receipt = await dataset.findLoad(loadId);
    return { receipt, held: await dataset.readState(stateKey) };
  });
}

interface ExtractFrom {
  readonly load: ResourceLoad;
  readonly state: SourceState | null;
  readonly extractions: Readonly<Record<string, Extraction>>;
}

async function extract(
  scope: TenantScope,
  { load, state, extractions }: ExtractFrom,
  deps: FlowDeps,
): Promise<Extraction> {
  const { ingest, spec } = load;
  await ingest.quota.check();
  const { path: folder, save } = await deps.parts.openFolder(scope, load.folder);
  return deps.sources[ingest.source.type].extract(scope, {
    source: ingest.source,
    resource: spec.resource,
    state,
    folder,
    ...(save && { save }),
    parents: extractions,
    signal: ingest.signal,
    onProgress: (progress) => tell(load, { phase: 'extract', ...progress }),
    onNotice: (message) => ingest.observer.noticed(`${spec.resource}: ${message}`),
  });
}

async function publishFamily(
  scope: TenantScope,
  extracted: readonly ExtractedLoad[],
  deps: FlowDeps,
): Promise<ReadonlyMap<string, LoadReceipt>> {
  if (extracted.length === 0) return new Map();
  return deps.warehouse.withDataset(scope, async (dataset) => {
    try {
      const staged: StagedLoad[] = [];
      for (const one of extracted) staged.push(await stageLoad(dataset, one, deps));
      return await publishChildrenFirst(dataset, staged);
    } finally {
      for (const { load } of extracted) await dataset.dropStaging(stagingOf(load));
    }
  });
}

async function publishChildrenFirst(
  dataset: Dataset,
  staged: readonly StagedLoad[],
): Promise<ReadonlyMap<string, LoadReceipt>> {
  const receipts = new Map<string, LoadReceipt>();
  for (const one of staged.toReversed()) {
    receipts.set(one.load.loadId, await publishCounted(dataset, one));
  }
  return receipts;
}

/**
 * Counted first: whoever dies in between comes back and counts the same load again, which changes
 * nothing. What was not published is not counted.
 */
async function publishCounted(
  dataset: Dataset,
  { load, extraction, request }: StagedLoad,
): Promise<LoadReceipt> {
  const { ingest, loadId } = load;
  const [{ bytes, parts }, rows] = [sizeOf(extraction), request.report.rowsGood];
  await ingest.quota.count(loadId, { rows, bytes });
  tell(load, { phase: 'publish', bytes, parts, rows });
  try {
    return await dataset.publish(request, ingest.signal);
  } catch (error) {
    const receipt = await dataset.findLoad(loadId);
    if (!receipt) await ingest.quota.count(loadId, { rows: 0, bytes: 0 });
    throw error;
  }
}

/** Data that was refused is fetched anew next time, as it may have been mended at the source. */
function isStale(error: unknown): boolean {
  return error instanceof AppError && (error.kind === 'input' || error.code === 'state_moved');
}

function isAborted(family: readonly ResourceLoad[]): boolean {
  return family.some(({ ingest }) => ingest.signal.aborted);
}

async function discardParts(
  scope: TenantScope,
  family: readonly ResourceLoad[],
  deps: FlowDeps,
): Promise<void> {
  for (const { folder } of family) await deps.parts.discardFolder(scope, folder);
}

/** Without a receipt nothing was new, so the table stayed as it was. */
function reportOf({ spec }: ResourceLoad, receipt: LoadReceipt | null): LoadReport {
  const { table, rowsIn, rowsLoaded, rowsQuarantined } = receipt ?? {
    ...NO_ROWS,
    table: spec.table,
  };
  const unchanged = receipt === null;
  return { resource: spec.resource, table, rowsIn, rowsLoaded, rowsQuarantined, unchanged };
}

const NO_ROWS = { rowsIn: 0, rowsLoaded: 0, rowsQuarantined: 0 };
