import type { PipelineSpec, StepSpec } from '../../pipeline/spec/pipeline-spec.ts';
import type { Failure, RunStatus, StepRecord, StepStatus } from '../run.ts';
import { NOTHING_DONE } from '../run.ts';
import type { Claim } from '../run-queue.ts';

/** Where each step stands when a worker takes the run: what is over stays over. */
export function statesAtClaim(pipeline: PipelineSpec, claim: Claim): Map<string, StepRecord> {
  const recorded = new Map(claim.steps.map((step) => [step.name, step]));
  const states = pipeline.steps.map((step): StepRecord => {
    const known = recorded.get(step.name);
    if (known && isOver(known)) return known;
    if (claim.doneBefore.includes(step.name)) return newStep(step, 'SKIPPED');
    return { ...newStep(step, 'PENDING'), attempt: known?.attempt ?? 0 };
  });
  return new Map(states.map((state) => [state.name, state]));
}

function newStep(step: StepSpec, status: StepStatus): StepRecord {
  const { name, type } = step;
  return { name, type, status, attempt: 0, startedAt: null, ...NOTHING_DONE };
}

/** Whether a step needs no more work in this run. */
export function isOver(step: StepRecord): boolean {
  return step.status !== 'PENDING' && step.status !== 'RUNNING';
}

/** How a run has ended, from its steps. */
export function verdictOf(
  pipeline: PipelineSpec,
  states: ReadonlyMap<string, StepRecord>,
): { status: RunStatus; failure: Failure | null } {
  const ended = pipeline.steps.map((step) => ({ step, state: states.get(step.name) }));
  const cancelled = ended.find(({ state }) => state?.status === 'CANCELLED');
  if (cancelled?.state) return { status: 'CANCELLED', failure: cancelled.state.failure };
  const fatal = ended.find(
    ({ step, state }) => state?.status === 'FAILED' && step.on_failure === 'stop',
  );
  if (fatal?.state) return { status: 'FAILED', failure: fatal.state.failure };
  return { status: 'COMPLETE', failure: null };
}
