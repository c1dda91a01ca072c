import { isRowRule } from '../../pipeline/spec/check-spec.ts';
import type { Rule } from '../../pipeline/spec/check-spec.ts';
import { judgeIngest } from '../check/verdict.ts';
import type { Judgement } from '../check/verdict.ts';
import type { Measurement } from '../check/measurement.ts';
import { declaredTable } from '../load.ts';
import type { FlowDeps, LoadProgress, ResourceLoad } from '../load.ts';
import type { Column } from '../normalize/column.ts';
import { planTable } from '../normalize/plan-table.ts';
import type { TableNeeds } from '../normalize/plan-table.ts';
import { publishRequest } from '../publish/publish-request.ts';
import { stagingName } from '../publish/staging-name.ts';
import type { Extraction } from '../source.ts';
import type { Dataset, PublishRequest, StageReport } from '../warehouse.ts';

/** A load whose rows are on disk. */
export interface ExtractedLoad {
  readonly load: ResourceLoad;
  readonly extraction: Extraction;
  /** Version of the state from which the extraction went on. */
  readonly stateVersion: number;
}

/** A load whose good rows wait in a staging table, judged. */
export interface StagedLoad extends ExtractedLoad {
  readonly request: PublishRequest;
}

/**
 * Normalizes and checks the rows of a load in a staging table that nobody reads yet.
 * @throws what reading, planning and judging throw; then nothing of the load may be published
 */
export async function stageLoad(
  dataset: Dataset,
  extracted: ExtractedLoad,
  deps: FlowDeps,
): Promise<StagedLoad> {
  const { load, extraction, stateVersion } = extracted;
  const { signal } = load.ingest;
  const needs = await tableNeeds(dataset, load);
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
  const loaded = { extraction, stateVersion, stage: { ...stage, plan }, report };
  return { ...extracted, request: publishRequest(load, loaded) };
}

async function tableNeeds(
  dataset: Dataset,
  load: ResourceLoad,
): Promise<Omit<TableNeeds, 'incoming'>> {
  const { spec } = load;
  return {
    table: spec.table,
    current: await dataset.describeTable(spec.table),
    declared: declaredTable(load),
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
  const judgement = judgeLoad(load, { ...report, measurements });
  if (judgement.failure) throw judgement.failure;
  return measurements;
}

export function judgeLoad(
  load: ResourceLoad,
  counted: Pick<StageReport, 'rowsIn' | 'rowsQuarantined' | 'measurements'>,
): Judgement {
  const { table } = load.spec;
  const judgement = judgeIngest(table, counted.measurements);
  const { rowsIn, rowsQuarantined } = counted;
  load.ingest.observer.judged({ table, rowsIn, rowsQuarantined, verdicts: judgement.verdicts });
  return judgement;
}

function rulesOf({ spec, ingest }: ResourceLoad): readonly Rule[] {
  return (spec.checksFile && ingest.checks.get(spec.checksFile)?.rules) || [];
}

export function stagingOf({ spec, ingest }: ResourceLoad): string {
  return stagingName(ingest.rootRunId, ingest.fence, ingest.step, spec.resource);
}

export function sizeOf(extraction: Extraction): { bytes: number; parts: number } {
  const bytes = extraction.parts.reduce((sum, part) => sum + part.sizeBytes, 0);
  return { bytes, parts: extraction.parts.length };
}

export function tell(load: ResourceLoad, progress: Omit<LoadProgress, 'resource'>): void {
  load.ingest.observer.progress({ resource: load.spec.resource, ...progress });
}
