import { mixtureValue } from '../evidence/change-mixture.ts';
import type { JudgeState } from '../judge-state.ts';

/**
 * Evidence against "the canary is as good as stable". On average at most 1 while it is, at every
 * moment, so that 1 / alpha is exceeded in at most alpha of all healthy rollouts.
 */
export interface EValue {
  readonly errors: number;
  readonly latency: number;
  /** By the policy's weights. */
  readonly together: number;
}

export function eValueOf({
  policy,
  ...state
}: Pick<JudgeState, 'policy' | 'errors' | 'latency'>): EValue {
  const errors = mixtureValue(state.errors);
  const latency = mixtureValue(state.latency);
  if (policy.kind === 'thresholds') return { errors, latency, together: 1 };
  const { weights } = policy;
  return { errors, latency, together: weights.errors * errors + weights.latency * latency };
}
