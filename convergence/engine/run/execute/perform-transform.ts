import { judgeTable } from '../../flow/check/verdict.ts';
import { buildModels } from '../../flow/transform/build-models.ts';
import type { ModelReport } from '../../flow/transform/model.ts';
import type { Dataset } from '../../flow/warehouse.ts';
import type { CheckSpec } from '../../pipeline/spec/check-spec.ts';
import type { TransformStep } from '../../pipeline/spec/pipeline-spec.ts';
import type { TransformSpec } from '../../pipeline/spec/transform-spec.ts';
import { filesMeant } from '../../pipeline/validate/references.ts';
import { toResults, writeLog } from './observe-loads.ts';
import type { OpenRun, RunDeps } from './open-run.ts';
import type { StepJob } from './step-job.ts';

/** Builds the models of a step, each checked before the next is built. */
export async function performTransform(
  run: OpenRun,
  job: StepJob<TransformStep>,
  deps: RunDeps,
): Promise<void> {
  const models = {
    models: modelsOf(run, job.step),
    checks: run.config.checks,
    values: run.values,
    runId: run.claim.rootRunId,
    fence: run.claim.fence,
    signal: job.signal,
  };
  await deps.warehouse.withDataset(run.scope, async (dataset) => {
    await dataset.raiseFence(run.claim.rootRunId, run.claim.fence);
    await buildModels(models, {
      dataset,
      clock: deps.clock,
      checkTable: (table, check) => checkModel({ table, check, dataset }, job),
      onBuilt: (report) => tellBuilt(run, { job, report }, deps),
    });
  });
}

function modelsOf(run: OpenRun, step: TransformStep): TransformSpec[] {
  const files = [...run.config.transforms.keys()];
  const wanted = step.transforms.flatMap((to) => filesMeant({ folder: 'transforms', to }, files));
  return [...new Set(wanted)].flatMap((file) => run.config.transforms.get(file) ?? []);
}

async function checkModel(
  at: { table: string; check: CheckSpec; dataset: Dataset },
  job: StepJob,
): Promise<void> {
  const measured = await at.dataset.measure(at.table, at.check.rules, job.signal);
  const judgement = judgeTable(at.table, measured);
  job.tally.results.push(...toResults(job.step.name, at.table, judgement.verdicts));
  if (judgement.failure) throw judgement.failure;
}

function tellBuilt(
  run: OpenRun,
  { job, report }: { job: StepJob; report: ModelReport },
  deps: RunDeps,
): void {
  job.tally.rowsLoaded += report.rows ?? 0;
  const size = report.rows === null ? 'view' : `table of ${report.rows} rows`;
  const message = `${report.name}: built as ${size}`;
  const event = { step: job.step.name, kind: 'log', level: 'info', message } as const;
  writeLog(run, { ...event, detail: { ...report } }, deps);
}
