import { AppError } from 'base/error.ts';
import { isRowRule } from '../pipeline/spec/check-spec.ts';
import type { Rule } from '../pipeline/spec/check-spec.ts';
import type { TenantScope } from '../tenant/tenant-scope.ts';
import { judgeIngest } from './check/verdict.ts';
import type { IngestJudgement } from './check/verdict.ts';
import type { Measurement } from './check/measurement.ts';
import type { FlowDeps, LoadProgress, LoadReport, ResourceLoad } from './load.ts';
import type { Column } from './normalize/column.ts';
import { planTable } from './normalize/plan-table.ts';
import type { TableNeeds } from './normalize/plan-table.ts';
import type { Extraction, ExtractRequest } from './source.ts';
import { publishRequest } from './publish/publish-request.ts';
import { stagingName } from './publish/staging-name.ts';
import type { Dataset, LoadReceipt, StageReport } from './warehouse.ts';

export interface LoadOutcome {
  /** Null when nobody needs the rows once more. */
  readonly extraction: Extraction | null;
  /** Null when the resource was read for its children only. */
  readonly report: LoadReport | null;
}

/** How often a load starts over because another run published the same resource first. */
const MAX_TRIES = 3;

/** One resource, from its source to its table. */
export async function loadResource(
  scope: TenantScope,
  load: ResourceLoad,
  deps: FlowDeps,
): Promise<LoadOutcome> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await tryLoad(scope, load, deps);
    } catch (error) {
      const moved = error instanceof AppError && error.code === 'state_moved';
      if (!moved || attempt === MAX_TRIES) throw error;
      await deps.parts.discardFolder(scope, load.folder);
    }
  }
}

async function tryLoad(
  scope: TenantScope,
  load: ResourceLoad,
  deps: FlowDeps,
): Promise<LoadOutcome> {
  const { ingest } = load;
  const before = await deps.warehouse.withDataset(scope, async (dataset) => {
    await dataset.raiseFence(ingest.rootRunId, ingest.fence);
    const receipt = await dataset.findLoad(load.loadId);
    return { receipt, held: await dataset.readState(load.stateKey) };
  });
  const published = before.receipt;
  if (published) judge(load, published);
  if (published && !load.isParent) return { extraction: null, report: reportOf(load, published) };
  const extraction = await extract(
    scope,
    { load, state: before.held?.state ?? null, published: published !== null },
    deps,
  );
  if (published) return { extraction, report: reportOf(load, published) };
  if (!load.wanted) return { extraction, report: null };
  if (extraction.unchanged) return { extraction, report: unchangedReport(load) };
  const receipt = await publishExtraction(
    scope,
    { load, extraction, stateVersion: before.held?.version ?? 0 },
    deps,
  );
  return { extraction, report: reportOf(load, receipt) };
}

async function extract(
  scope: TenantScope,
  { load, ...from }: { load: ResourceLoad } & Pick<ExtractRequest, 'state' | 'published'>,
  deps: FlowDeps,
): Promise<Extraction> {
  const { ingest, spec } = load;
  return deps.sources[ingest.source.type].extract(scope, {
    source: ingest.source,
    resource: spec.resource,
    ...from,
    folder: await deps.parts.openFolder(scope, load.folder),
    parents: load.parents,
    signal: ingest.signal,
    onProgress: (progress) => tell(load, { phase: 'extract', ...progress }),
    onNotice: (message) => ingest.observer.noticed(`${spec.resource}: ${message}`),
  });
}

interface Publication {
  readonly load: ResourceLoad;
  readonly extraction: Extraction;
  readonly stateVersion: number;
}

async function publishExtraction(
  scope: TenantScope,
  publication: Publication,
  deps: FlowDeps,
): Promise<LoadReceipt> {
  const { load } = publication;
  try {
    return await deps.warehouse.withDataset(scope, async (dataset) => {
      try {
        return await normalizeCheckPublish(dataset, publication, deps);
      } finally {
        await dataset.dropStaging(stagingOf(load));
      }
    });
  } catch (error) {
    // Data that was refused is fetched anew next time; it may have been mended at the source.
    const refused = error instanceof AppError && error.kind === 'input';
    if (refused && !load.ingest.signal.aborted) await deps.parts.discardFolder(scope, load.folder);
    throw error;
  }
}

async function normalizeCheckPublish(
  dataset: Dataset,
  publication: Publication,
  deps: FlowDeps,
): Promise<LoadReceipt> {
  const { load, extraction, stateVersion } = publication;
  const { signal } = load.ingest;
  const needs = await tableNeeds(dataset, publication);
  tell(load, { phase: 'stage', ...sizeOf(extraction), rows: null });
  const stage = {
    staging: stagingOf(load),
    table: load.spec.table,
    parts: extraction.parts,
    plan: (incoming: readonly Column[]) => planTable({ ...needs, incoming }),
    rules: rulesOf(load),
    loadId: load.loadId,
    runId: load.ingest.rootRunId,
    loadedAt: deps.clock.now(),
  };
  const { plan, ...staged } = await dataset.stage(stage, signal);
  await deps.sources[load.ingest.source.type].confirm?.(extraction);
  const report = { ...staged, measurements: await audit(dataset, load, staged) };
  tell(load, { phase: 'publish', ...sizeOf(extraction), rows: report.rowsGood });
  const loaded = { extraction, stateVersion, stage: { ...stage, plan }, report };
  return dataset.publish(publishRequest(load, loaded), signal);
}

async function tableNeeds(
  dataset: Dataset,
  { load: { spec, ingest } }: Publication,
): Promise<Omit<TableNeeds, 'incoming'>> {
  return {
    table: spec.table,
    current: await dataset.describeTable(spec.table),
    declared: (spec.schemaFile && ingest.schemas.get(spec.schemaFile)) || null,
    contract: spec.contract,
    processing: spec.processing,
  };
}

/** The rules of the resource, judged before anyone can read the rows. */
async function audit(
  dataset: Dataset,
  load: ResourceLoad,
  report: StageReport,
): Promise<readonly Measurement[]> {
  const rules = rulesOf(load).filter((rule) => !isRowRule(rule));
  const measured = await dataset.measure(stagingOf(load), rules, load.ingest.signal);
  const measurements = [...report.measurements, ...measured];
  const judgement = judge(load, { ...report, measurements });
  if (judgement.failure) throw judgement.failure;
  return measurements;
}

function judge(
  load: ResourceLoad,
  counted: Pick<StageReport, 'rowsIn' | 'rowsQuarantined' | 'measurements'>,
): IngestJudgement {
  const { table } = load.spec;
  const judgement = judgeIngest(table, counted.measurements);
  const { rowsIn, rowsQuarantined } = counted;
  load.ingest.observer.judged({ table, rowsIn, rowsQuarantined, verdicts: judgement.verdicts });
  return judgement;
}

function rulesOf({ spec, ingest }: ResourceLoad): readonly Rule[] {
  return (spec.checksFile && ingest.checks.get(spec.checksFile)?.rules) || [];
}

function stagingOf({ spec, ingest }: ResourceLoad): string {
  return stagingName(ingest.rootRunId, ingest.fence, ingest.step, spec.resource);
}

function sizeOf(extraction: Extraction): { bytes: number; parts: number } {
  const bytes = extraction.parts.reduce((sum, part) => sum + part.sizeBytes, 0);
  return { bytes, parts: extraction.parts.length };
}

function tell(load: ResourceLoad, progress: Omit<LoadProgress, 'resource'>): void {
  load.ingest.observer.progress({ resource: load.spec.resource, ...progress });
}

function reportOf({ spec }: ResourceLoad, receipt: LoadReceipt): LoadReport {
  const { table, rowsIn, rowsLoaded, rowsQuarantined } = receipt;
  return { resource: spec.resource, table, rowsIn, rowsLoaded, rowsQuarantined, unchanged: false };
}

function unchangedReport({ spec }: ResourceLoad): LoadReport {
  const none = { rowsIn: 0, rowsLoaded: 0, rowsQuarantined: 0 };
  return { resource: spec.resource, table: spec.table, ...none, unchanged: true };
}
