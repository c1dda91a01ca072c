import { AppError } from 'base/error.ts';
import { parseDuration } from 'base/duration.ts';
import { retry } from 'base/retry.ts';
import type { FailedAttempt, RetryPolicy } from 'base/retry.ts';
import { fail } from '../../error-codes.ts';
import type { StepSpec } from '../../pipeline/spec/pipeline-spec.ts';
import { evaluateWhen } from '../../pipeline/step-graph.ts';
import { failureOf } from './failure.ts';
import { writeLog } from './observe-loads.ts';
import { resolveInRun } from './open-run.ts';
import type { OpenRun, RunDeps } from './open-run.ts';
import { runAttributes } from './observe-run.ts';
import { performStep } from './perform-step.ts';
import type { StepRecord, StepStatus } from '../run.ts';
import { inSpan } from '../trace/tracer.ts';
import type { Span } from '../trace/tracer.ts';
import { emptyTally } from './step-job.ts';
import type { StepTally } from './step-job.ts';

interface StepWork {
  readonly step: StepSpec;
  /** Attempts that earlier workers began. */
  readonly attempt: number;
}

/**
 * One step with its retries, until it is over; a failure is in the record. Throws the reason of an
 * abort that leaves the step to another worker, and errors of the queue.
 */
export function executeStep(run: OpenRun, work: StepWork, deps: RunDeps): Promise<StepRecord> {
  const { name, type } = work.step;
  const step = { 'convergence.step': name, 'convergence.step_type': type };
  const attributes = { ...runAttributes(run.claim), ...step };
  return inSpan(deps.tracer, { name: `step ${type}`, attributes }, async (span) => {
    const record = await carryOut(run, work, deps);
    deps.meter.stepEnded(record);
    noteEnd(span, record);
    return record;
  });
}

function noteEnd(span: Span, { status, attempt, failure, ...counts }: StepRecord): void {
  span.note({
    'convergence.status': status,
    'convergence.attempt': attempt,
    'convergence.rows_in': counts.rowsIn,
    'convergence.rows_loaded': counts.rowsLoaded,
    'convergence.rows_quarantined': counts.rowsQuarantined,
  });
  if (failure) span.end({ error: failure });
}

async function carryOut(run: OpenRun, work: StepWork, deps: RunDeps): Promise<StepRecord> {
  const tries: Tries = { ...work, startedAt: null, tally: emptyTally() };
  let status: StepStatus = 'COMPLETE';
  try {
    if (await isSwitchedOff(run, work.step)) status = 'SKIPPED';
    else await perform(run, tries, deps);
  } catch (error) {
    return closeBadly(run, { tries, error }, deps);
  }
  return close(run, { ...tries, status, failure: null }, deps);
}

async function perform(run: OpenRun, tries: Tries, deps: RunDeps): Promise<void> {
  const attempt = () => tryStep(run, tries, deps).catch(refusalOf);
  const refusal = await retry(attempt, retryPolicy(tries.step), {
    ...deps,
    signal: run.signal,
    onRetry: (failed) => tellRetry(run, { ...failed, step: tries.step.name }, deps),
  });
  if (refusal) throw refusal;
}

/** A plan has no more to give after the pause of a retry than before it. */
function refusalOf(error: unknown): AppError {
  if (error instanceof AppError && error.code === 'quota_exceeded') return error;
  throw error;
}

/** What has happened to a step in the hands of this worker. */
interface Tries {
  readonly step: StepSpec;
  attempt: number;
  startedAt: Date | null;
  tally: StepTally;
}

async function isSwitchedOff(run: OpenRun, { when }: StepSpec): Promise<boolean> {
  return when !== undefined && !evaluateWhen(await resolveInRun(run, when));
}

function retryPolicy({ retries }: StepSpec): RetryPolicy {
  const firstDelayMs = parseDuration(retries?.backoff ?? '10s');
  const maxDelayMs = Math.max(firstDelayMs, 600_000);
  return { maxAttempts: retries?.max_attempts ?? 1, firstDelayMs, maxDelayMs };
}

async function tryStep(run: OpenRun, tries: Tries, deps: RunDeps): Promise<void> {
  const { step } = tries;
  tries.attempt++;
  tries.tally = emptyTally();
  tries.startedAt = deps.clock.now();
  await deps.queue.startStep(run.claim, {
    name: step.name,
    type: step.type,
    attempt: tries.attempt,
  });
  const timeout = startTimeout(step);
  try {
    const signal = AbortSignal.any([run.signal, timeout.signal]);
    await performPatiently(run, tries, { ...deps, signal });
  } finally {
    timeout.clear();
  }
}

/** How soon to ask again for a warehouse that another process of the platform works with. */
const BUSY_PAUSE_MS = 500;

/** Waiting for each other is no failure of a step, however long it takes. */
async function performPatiently(
  run: OpenRun,
  tries: Tries,
  { signal, ...deps }: RunDeps & { signal: AbortSignal },
): Promise<void> {
  for (;;) {
    try {
      return await performStep(run, { step: tries.step, signal, tally: tries.tally }, deps);
    } catch (error) {
      if (!(error instanceof AppError && error.code === 'warehouse_busy')) throw error;
      tries.tally = emptyTally();
      await deps.clock.sleep(BUSY_PAUSE_MS, signal);
    }
  }
}

function startTimeout(step: StepSpec): { signal: AbortSignal; clear(): void } {
  const timeout = new AbortController();
  if (step.timeout === undefined) return { signal: timeout.signal, clear: () => {} };
  const error = fail('step_timeout', `step '${step.name}' ran longer than ${step.timeout}`, {
    hint: 'Raise its timeout, or let it do less at a time.',
  });
  const timer = setTimeout(() => timeout.abort(error), parseDuration(step.timeout));
  return { signal: timeout.signal, clear: () => clearTimeout(timer) };
}

function tellRetry(run: OpenRun, failed: FailedAttempt & { step: string }, deps: RunDeps): void {
  const { message } = failureOf(failed.error, run.usedSecrets);
  const wait = `${(failed.delayMs / 1000).toFixed(1)} s`;
  const text = `attempt ${failed.attempt} failed, the next in ${wait}: ${message}`;
  writeLog(run, { step: failed.step, kind: 'log', level: 'warn', message: text, detail: {} }, deps);
}

/** Without a lease, or a database that says so, nobody knows whether the step is still ours. */
const LEFT_TO_OTHERS: ReadonlySet<string> = new Set(['lease_lost', 'database_unreachable']);

async function closeBadly(
  run: OpenRun,
  { tries, error }: { tries: Tries; error: unknown },
  deps: RunDeps,
): Promise<StepRecord> {
  const reason: unknown = run.signal.aborted ? run.signal.reason : error;
  const known = reason instanceof AppError;
  if (known ? LEFT_TO_OTHERS.has(reason.code) : run.signal.aborted) throw reason;
  if (!known || reason.kind === 'broken') {
    deps.log.error('a step broke', { step: tries.step.name, error });
  }
  const status = run.signal.aborted ? 'CANCELLED' : 'FAILED';
  const failure = failureOf(reason, run.usedSecrets);
  return close(run, { ...tries, status, failure }, deps);
}

async function close(
  run: OpenRun,
  end: Tries & Pick<StepRecord, 'status' | 'failure'>,
  deps: RunDeps,
): Promise<StepRecord> {
  const { results, ...counts } = end.tally;
  const record: StepRecord = {
    name: end.step.name,
    type: end.step.type,
    status: end.status,
    attempt: end.attempt,
    startedAt: end.startedAt,
    finishedAt: deps.clock.now(),
    ...counts,
    rulesPassed: results.filter((result) => result.passed).length,
    rulesFailed: results.filter((result) => !result.passed).length,
    failure: end.failure,
  };
  await deps.queue.finishStep(run.claim, record, results);
  return record;
}
