import { logMs } from '../evidence/log-m.ts';
import { binomial, tailsOf } from './binomial.ts';
import type { Probabilities } from './binomial.ts';

/** What both arms will do: the canary's events have another probability than the stable ones. */
export interface Supposed {
  readonly canaryRequests: number;
  readonly stableRequests: number;
  readonly stableChance: number;
  readonly canaryChance: number;
}

/** Found when `weight` times the sum of LR over psis reaches `bound`. */
export interface Criterion {
  readonly psis: readonly number[];
  readonly weight: number;
  readonly bound: number;
}

/** Above this the evidence of one event no longer depends on how many requests there are. */
const ENOUGH_REQUESTS = 2_000;
/** Numbers of stable events that are tried; more do not change the third digit. */
const MAX_POINTS = 48;

/**
 * The probability that a fault which is there from the beginning is found by the end of these
 * requests. Late beginnings and a sum over ticks are left out: it is a little more.
 */
export function powerOf(supposed: Supposed, criterion: Criterion): number {
  const { canaryRequests, stableRequests, stableChance, canaryChance } = supposed;
  if (canaryRequests < 1 || stableRequests < 1) return 0;
  const ofCanary = binomial(Math.round(canaryRequests), canaryChance);
  const ofStable = binomial(Math.round(stableRequests), stableChance);
  const tails = tailsOf(ofCanary);
  const costs = costsOf(supposed, criterion.psis);
  const stride = Math.ceil(ofStable.probabilities.length / MAX_POINTS);
  let found = 0;
  let tried = 0;
  for (let at = Math.floor(stride / 2); at < ofStable.probabilities.length; at += stride) {
    const p = ofStable.probabilities[at] ?? 0;
    const least = leastEvents(ofStable.from + at, ofCanary, { ...criterion, costs });
    found += p * (tails[least - ofCanary.from] ?? 0);
    tried += p;
  }
  return tried === 0 ? 0 : found / tried;
}

/** For each psi what one event of either arm costs: its part of log M. */
function costsOf(supposed: Supposed, psis: readonly number[]): number[] {
  const { canaryRequests, stableRequests, stableChance, canaryChance } = supposed;
  const scale = Math.min(1, ENOUGH_REQUESTS / (canaryRequests + stableRequests));
  const canary = Math.max(1, Math.round(canaryRequests * scale));
  const stable = Math.max(1, Math.round(stableRequests * scale));
  const events = Math.max(1, Math.round(canary * canaryChance + stable * stableChance));
  return logMs({ canaryRequests: canary, stableRequests: stable, events }, psis).map(
    (log) => log / events,
  );
}

/** The fewest events of the canary that are enough beside so many of stable. */
function leastEvents(
  stableEvents: number,
  { from, probabilities }: Probabilities,
  { psis, weight, bound, costs }: Criterion & { readonly costs: readonly number[] },
): number {
  const isFound = (events: number) =>
    weight *
      psis.reduce(
        (sum, psi, at) =>
          sum + Math.exp(events * Math.log(psi) - (events + stableEvents) * (costs[at] ?? 0)),
        0,
      ) >=
    bound;
  let low = from;
  let high = from + probabilities.length;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (isFound(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}
