import type { Tick } from '../../judge/tick.ts';
import type { Plan } from '../../plan/plan.ts';
import type { Strategy } from '../../service/rollout-spec.ts';

// Stands in until the judge is there.
export interface Judging {
  readonly ticks: readonly Tick[];
}
export interface Verdict {
  readonly kind: 'PASS' | 'FAIL' | 'INCONCLUSIVE' | 'NO_DATA';
  readonly why: string;
  readonly mayEndEarly: boolean;
  readonly guard: { readonly cause: 'split' | 'sharedFate'; readonly why: string } | null;
}
export function startJudging(_strategy: Strategy, _plan: Plan): Judging {
  return { ticks: [] };
}
export function takeTicks(judging: Judging, ticks: readonly Tick[]): Judging {
  return { ticks: [...judging.ticks, ...ticks] };
}
export function verdictOf({ ticks }: Judging): Verdict {
  const more = { mayEndEarly: false, guard: null };
  const errors = ticks.reduce((sum, { canary }) => sum + (canary?.errors ?? 0), 0);
  const requests = ticks.reduce((sum, { canary }) => sum + (canary?.requests ?? 0), 0);
  if (errors >= 5) return { kind: 'FAIL', why: `${errors} errors`, ...more };
  if (requests === 0) return { kind: 'NO_DATA', why: 'no requests', ...more };
  return { kind: 'PASS', why: 'no evidence of harm', ...more };
}
