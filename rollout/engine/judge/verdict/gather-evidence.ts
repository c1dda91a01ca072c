import type { ArmCounts } from '../count/arm-counts.ts';
import { quantileOf } from '../count/latency.ts';
import { jointFate } from '../evidence/joint-fate.ts';
import type { JudgeState, SequentialPolicy, StepState } from '../judge-state.ts';
import { detectableWith } from '../power/detectable.ts';
import type { Traffic } from '../power/detectable.ts';
import { eValueOf } from './e-value.ts';
import type { ArmEvidence, Evidence, SequentialEvidence } from './verdict.ts';

/** What a verdict rests on. */
export function gatherEvidence(state: JudgeState): Evidence {
  const { policy, rollout, step } = state;
  const counted = policy.kind === 'thresholds' && step !== null ? step : rollout;
  return {
    canary: armEvidence(counted.canary),
    stable: armEvidence(counted.stable),
    stepSeconds: step?.seconds ?? 0,
    sequential: policy.kind === 'sequential' ? sequentialEvidence(state, policy) : null,
  };
}

function armEvidence({ requests, errors, latency, events }: ArmCounts): ArmEvidence {
  const quantile = (q: number) => (latency === null ? null : quantileOf(latency, q));
  return {
    requests,
    errors,
    events,
    errorRate: requests === 0 ? null : errors / requests,
    p50Ms: quantile(0.5),
    p95Ms: quantile(0.95),
    p99Ms: quantile(0.99),
  };
}

function sequentialEvidence(state: JudgeState, policy: SequentialPolicy): SequentialEvidence {
  const { errors, latency, metrics, together } = eValueOf(state);
  const { step, phi } = state;
  const harmless = step?.harmless ?? { errors: 0, latency: null };
  return {
    e: together,
    bound: 1 / policy.alpha,
    eErrors: errors,
    eLatency: latency,
    eMetrics: metrics,
    pValue: state.pValue,
    harmless: {
      errors: Math.exp(Math.min(500, harmless.errors)),
      latency: harmless.latency === null ? null : Math.exp(Math.min(500, harmless.latency)),
      bound: 1 / policy.beta,
    },
    sharedFate: step ? sharedFateOf(step, phi) : 1,
    phi,
    detectable: detectableWith(trafficSoFar(state), policy),
  };
}

function sharedFateOf(step: StepState, phi: number): number {
  const now = step.traffic === 100 ? step.canary : step.stable;
  return jointFate(now, step.before, { phi, seconds: step.seconds });
}

/** What was seen so far, as if the canary had no fault. */
function trafficSoFar({ rollout, history, canarySeconds }: JudgeState): Traffic {
  return {
    canaryRequests: rollout.canary.requests,
    stableRequests: rollout.stable.requests,
    warmShare: canarySeconds === 0 ? 0 : Math.max(0, 1 - 60 / canarySeconds),
    errorRate: history.requests === 0 ? 0 : history.errors / history.requests,
    latency: history.latency,
  };
}
