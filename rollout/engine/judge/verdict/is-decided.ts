import { brokenLimit } from './broken-limit.ts';
import { eValueOf } from './e-value.ts';
import type { JudgeState } from '../judge-state.ts';

/** The rule that sets the false alarms: E reached 1 / alpha. With thresholds: a limit is broken. */
export function isHarmful(state: JudgeState): boolean {
  const { policy, step } = state;
  if (policy.kind === 'thresholds') return step !== null && brokenLimit(step, policy) !== null;
  return eValueOf(state).together >= 1 / policy.alpha;
}

/** Whether a step may end before its time: twice the odds are ruled out, and it has soaked. */
export function isHarmless({ policy, step }: JudgeState): boolean {
  if (policy.kind === 'thresholds' || step === null) return false;
  const bound = -Math.log(policy.beta);
  const { errors, latency } = step.harmless;
  if (step.seconds * 1000 < policy.soakMs || errors < bound) return false;
  // Without latencies errors alone speak; a canary that is not warm yet must wait.
  return latency === null ? step.canary.latency === null : latency >= bound;
}
