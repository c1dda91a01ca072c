import { mixtureValue } from '../evidence/change-mixture.ts';
import type { JudgeState } from '../judge-state.ts';

/**
 * Evidence against "the canary is as good as stable". On average at most 1 while it is, at every
 * moment, so that 1 / alpha is exceeded in at most alpha of all healthy rollouts.
 */
export interface EValue {
  readonly errors: number;
  readonly latency: number;
  /** Of each counter of the service's own. */
  readonly metrics: Readonly<Record<string, number>>;
  /** By the policy's weights. */
  readonly together: number;
}

export function eValueOf({
  policy,
  ...state
}: Pick<JudgeState, 'policy' | 'errors' | 'latency' | 'metrics'>): EValue {
  const errors = mixtureValue(state.errors);
  const latency = mixtureValue(state.latency);
  if (policy.kind === 'thresholds') return { errors, latency, metrics: {}, together: 1 };
  const own = Object.entries(state.metrics).map(
    ([name, mixture]) => [name, mixtureValue(mixture)] as const,
  );
  const all = [['errors', errors] as const, ['latency', latency] as const, ...own];
  const together = all.reduce((sum, [name, e]) => sum + (policy.weights[name] ?? 0) * e, 0);
  return { errors, latency, metrics: Object.fromEntries(own), together };
}
