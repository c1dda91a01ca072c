import type { AppError } from 'base/error.ts';
import { fail } from '../../error-codes.ts';
import { judgeTable } from '../../flow/check/verdict.ts';
import { ingestSource } from '../../flow/flow.ts';
import type { LoadSize } from '../../tenant/usage/count-load.ts';
import type { DqStep, IngestStep } from '../../pipeline/spec/pipeline-spec.ts';
import { resolveInRun } from './open-run.ts';
import type { OpenRun, RunDeps } from './open-run.ts';
import { observeLoads, toResults } from './observe-loads.ts';
import { performTransform } from './perform-transform.ts';
import type { StepJob } from './step-job.ts';

/** The effect of one attempt of a step. May be repeated after a crash at any point. */
export async function performStep(run: OpenRun, job: StepJob, deps: RunDeps): Promise<void> {
  const { step } = job;
  if (step.type === 'ingest') return performIngest(run, { ...job, step }, deps);
  if (step.type === 'dq') return performDq(run, { ...job, step }, deps);
  return performTransform(run, { ...job, step }, deps);
}

async function performIngest(run: OpenRun, job: StepJob<IngestStep>, deps: RunDeps): Promise<void> {
  const { step, signal } = job;
  const declared = declaredIn(run.config.sources, step.source_config);
  const ingest = {
    rootRunId: run.claim.rootRunId,
    fence: run.claim.fence,
    step: step.name,
    sourceFile: step.source_config,
    source: await resolveInRun(run, declared),
    only: step.resources ?? null,
    schemas: run.config.schemas,
    checks: run.config.checks,
    signal,
    observer: observeLoads(run, job, deps),
    quota: {
      check: () => deps.quota.checkLeft(run.claim),
      count: (loadId: string, size: LoadSize) => deps.quota.countLoad(run.claim, loadId, size),
    },
  };
  await ingestSource(run.scope, ingest, deps);
}

/** All tables are measured before the first bad verdict fails the step. */
async function performDq(run: OpenRun, job: StepJob<DqStep>, deps: RunDeps): Promise<void> {
  const failures: AppError[] = [];
  for (const file of job.step.checks) {
    const { table, rules } = declaredIn(run.config.checks, file);
    const measured = await deps.warehouse.withDataset(run.scope, (dataset) =>
      dataset.measure(table, rules, job.signal),
    );
    const judgement = judgeTable(table, measured);
    job.tally.results.push(...toResults(job.step.name, table, judgement.verdicts));
    if (judgement.failure) failures.push(judgement.failure);
  }
  if (failures[0]) throw failures[0];
}

/** Steps of a pipeline without problems name files that are there. */
function declaredIn<T>(kind: ReadonlyMap<string, T>, file: string): T {
  const declared = kind.get(file);
  if (declared === undefined) throw fail('config_invalid', `${file} is not there any more`);
  return declared;
}
