import type { ThresholdsPolicy, StepState } from '../judge-state.ts';
import { quantileOf } from '../count/latency.ts';
import { countText, durationText, percentText } from './verdict-text.ts';
import type { Verdict } from './verdict.ts';

/** What the fixed limits of a step say: a broken one, or null. Each names its numbers. */
export function brokenLimit(step: StepState, policy: ThresholdsPolicy): string | null {
  const { requests, errors, latency } = step.canary;
  const maxErrors = step.maxErrors ?? policy.maxErrors;
  if (maxErrors !== null && errors > maxErrors) {
    return `The new revision had ${countText(errors, 'error')} in this step; more than ${maxErrors} are not allowed.`;
  }
  if (requests < policy.minRequests) return null;
  if (policy.errorRate !== null && errors / requests > policy.errorRate) {
    return `${percentText(errors / requests)} of ${countText(requests, 'request')} to the new revision failed; ${percentText(policy.errorRate)} is the limit.`;
  }
  if (latency === null) return null;
  const slow = [
    { name: 'p95', limitMs: policy.p95Ms, ms: quantileOf(latency, 0.95) },
    { name: 'p99', limitMs: policy.p99Ms, ms: quantileOf(latency, 0.99) },
  ].find(({ limitMs, ms }) => limitMs !== null && ms !== null && ms > limitMs);
  if (!slow) return null;
  return `The new revision's ${slow.name} is ${durationText(slow.ms ?? 0)}; ${durationText(slow.limitMs ?? 0)} is the limit.`;
}

/** At the end of a step that broke no limit. */
export function endWithinLimits(
  { canary }: StepState,
  policy: ThresholdsPolicy,
): Pick<Verdict, 'kind' | 'reason'> {
  const judgesShares = [policy.errorRate, policy.p95Ms, policy.p99Ms].some(
    (limit) => limit !== null,
  );
  if (judgesShares && canary.requests < policy.minRequests) {
    return {
      kind: 'INCONCLUSIVE',
      reason: `The new revision got ${countText(canary.requests, 'request')} in this step; its error rate and latency are judged from ${policy.minRequests} on.`,
    };
  }
  return {
    kind: 'PASS',
    reason: `The new revision stayed within its limits: ${countText(canary.errors, 'error')} in ${countText(canary.requests, 'request')}.`,
  };
}
