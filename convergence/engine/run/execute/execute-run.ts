import { AppError } from 'base/error.ts';
import type { StepSpec } from '../../pipeline/spec/pipeline-spec.ts';
import { readySteps, stepGraph } from '../../pipeline/step-graph.ts';
import { executeStep } from './execute-step.ts';
import { failureOf } from './failure.ts';
import { HAND_BACK } from './hand-back.ts';
import { observeRun } from './observe-run.ts';
import { openRun } from './open-run.ts';
import type { OpenRun, RunDeps } from './open-run.ts';
import type { Failure, RunStatus, StepRecord } from '../run.ts';
import type { Claim } from '../run-queue.ts';
import { isOver, statesAtClaim, verdictOf } from './step-progress.ts';

/**
 * One claimed run, from its configs to its last state. Called by a worker; `signal` is aborted with
 * the error `cancelled` or `lease_lost`, or with HAND_BACK when another worker shall go on.
 * Every state is written before the effect that it announces, and every effect can be repeated.
 */
export function executeRun(claim: Claim, signal: AbortSignal, deps: RunDeps): Promise<void> {
  return observeRun(claim, deps, (observed) => carryOut(claim, signal, observed));
}

async function carryOut(claim: Claim, signal: AbortSignal, deps: RunDeps): Promise<void> {
  try {
    const run = await openRun(claim, signal, deps);
    const states = await executeSteps(run, deps);
    const { status, failure } = verdictOf(run.pipeline, states);
    // First, because nobody comes back to a run that has ended. Others keep their parts: a restart
    // goes on where they broke off.
    if (status === 'COMPLETE') await deps.parts.discardRun(run.scope, claim.rootRunId);
    await finish(claim, { status, failure }, deps);
  } catch (error) {
    await endEarly(claim, error, deps);
  }
}

async function executeSteps(run: OpenRun, deps: RunDeps): Promise<Map<string, StepRecord>> {
  const states = statesAtClaim(run.pipeline, run.claim);
  const running = new Map<string, Promise<void>>();
  for (;;) {
    for (const step of startable(run, states)) {
      const state = states.get(step.name);
      if (state) states.set(step.name, { ...state, status: 'RUNNING' });
      const ended = executeStep(run, { step, attempt: state?.attempt ?? 0 }, deps);
      running.set(step.name, settle(ended, { states, running }));
    }
    if (running.size === 0) break;
    await raceToEnd(running);
  }
  if (run.signal.aborted && !isCancelled(run.signal.reason)) throw run.signal.reason;
  await skipTheRest(run, states, deps);
  return states;
}

async function settle(
  ended: Promise<StepRecord>,
  progress: { states: Map<string, StepRecord>; running: Map<string, Promise<void>> },
): Promise<void> {
  const record = await ended;
  progress.states.set(record.name, record);
  progress.running.delete(record.name);
}

/** The first step to end; when one breaks, the others end too before the error goes on. */
async function raceToEnd(running: ReadonlyMap<string, Promise<void>>): Promise<void> {
  try {
    await Promise.race(running.values());
  } catch (error) {
    await Promise.allSettled(running.values());
    throw error;
  }
}

function startable(run: OpenRun, states: ReadonlyMap<string, StepRecord>): StepSpec[] {
  if (run.signal.aborted) return [];
  const statuses = new Map([...states].map(([name, state]) => [name, state.status]));
  const { ready } = readySteps(stepGraph(run.pipeline.steps), statuses);
  return run.pipeline.steps.filter((step) => ready.includes(step.name));
}

async function skipTheRest(
  run: OpenRun,
  states: Map<string, StepRecord>,
  deps: RunDeps,
): Promise<void> {
  const failure = run.signal.aborted ? failureOf(run.signal.reason, []) : null;
  for (const state of states.values()) {
    if (isOver(state)) continue;
    const status = failure ? 'CANCELLED' : 'SKIPPED';
    const skipped: StepRecord = { ...state, status, failure, finishedAt: deps.clock.now() };
    await deps.queue.finishStep(run.claim, skipped, []);
    states.set(state.name, skipped);
  }
}

/** Why a run did not reach its end by itself, and what that asks for. */
async function endEarly(claim: Claim, error: unknown, deps: RunDeps): Promise<void> {
  if (error === HAND_BACK) return deps.queue.releaseRun(claim);
  if (error instanceof AppError && error.code === 'lease_lost') return deps.meter.leaseLost();
  // No fault of the run: its lease ends, and whoever takes it goes on.
  if (error instanceof AppError && error.code === 'database_unreachable') throw error;
  if (!isCancelled(error) && !(error instanceof AppError)) {
    deps.log.error('a run broke', { error });
  }
  const status = isCancelled(error) ? 'CANCELLED' : 'FAILED';
  await finish(claim, { status, failure: failureOf(error, []) }, deps);
}

async function finish(
  claim: Claim,
  { status, failure }: { status: RunStatus; failure: Failure | null },
  deps: RunDeps,
): Promise<void> {
  await deps.queue.finishRun(claim, status, failure);
  deps.meter.runEnded(status);
}

function isCancelled(reason: unknown): boolean {
  return reason instanceof AppError && reason.code === 'cancelled';
}
