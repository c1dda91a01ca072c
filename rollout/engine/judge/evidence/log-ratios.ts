import { logMs } from './log-m.ts';

/** Events (errors, or slow requests) of both arms in the same time. */
export interface Pair {
  readonly canaryRequests: number;
  readonly canaryEvents: number;
  readonly stableRequests: number;
  readonly stableEvents: number;
}

/**
 * For each psi the log of how much likelier the canary's events are when its odds are psi times the
 * stable ones than when they are `margin` times, given the events of both. 0 where one arm has no
 * requests: nothing can be compared.
 *
 * Source: Turner, Ly, Grünwald, "Generic E-variables for exact sequential k-sample tests", 2021.
 */
export function logRatios(pair: Pair, psis: readonly number[], margin = 1): number[] {
  const { canaryRequests, canaryEvents, stableRequests, stableEvents } = pair;
  const events = canaryEvents + stableEvents;
  if (events === 0 || canaryRequests === 0 || stableRequests === 0) return psis.map(() => 0);
  const margins = { canaryRequests, stableRequests, events };
  const [logMargin = 0, ...logs] = logMs(margins, [margin, ...psis]);
  const atMargin = canaryEvents * Math.log(margin) - logMargin;
  return psis.map((psi, at) => canaryEvents * Math.log(psi) - (logs[at] ?? 0) - atMargin);
}
