import type { Detectable } from '../../plan/plan.ts';
import { boundsNearest, countOf } from '../count/latency.ts';
import { errorPsis, LATENCY_QUANTILES, latencyPsis } from '../evidence/grid.ts';
import type { JudgePolicy } from '../../service/rollout-spec.ts';
import type { SequentialPolicy, ThresholdsPolicy } from '../judge-state.ts';
import type { Histogram } from '../tick.ts';
import { binomial, tailsOf } from './binomial.ts';
import { lognormalHistogram } from './lognormal.ts';
import { powerOf } from './power.ts';

/** How much traffic there will be, or was, and what it is like without a fault. */
export interface Traffic {
  readonly canaryRequests: number;
  readonly stableRequests: number;
  /** Without those of the canary's warm-up. */
  readonly warmShare: number;
  /** 0 to 1. */
  readonly errorRate: number;
  /** Null: a usual spread is supposed. */
  readonly latency: Histogram | null;
}

const WANTED_POWER = 0.8;
/** An outage that every judge must see; a step that could not have shown it proves nothing. */
export const OUTAGE_RATE = 0.2;
/** Of a service that never failed, so that a multiple of it means something. */
const LEAST_ERROR_RATE = 0.001;
const MOST_LATENCY_TIMES = 100;
/** Half of the evidence is for a fault that is there from the first tick. */
const AT_ONCE = 0.5;
const USUAL_LATENCY = lognormalHistogram({ medianMs: 100, sigma: 0.6 });

/** Which multiples the judge finds with 80 % probability; null: none, however bad. */
export function detectableWith(traffic: Traffic, policy: JudgePolicy): Detectable {
  const rate = Math.max(LEAST_ERROR_RATE, traffic.errorRate);
  return {
    canaryRequests: Math.round(traffic.canaryRequests),
    errorsTimes: leastTimes(1 / rate, (times) =>
      powerOfErrors(traffic, Math.min(1, rate * times), policy),
    ),
    latencyTimes: leastTimes(MOST_LATENCY_TIMES, (times) => powerOfLatency(traffic, times, policy)),
    outageRequests: outageRequests(traffic, policy),
  };
}

/** As many requests of the canary as show an outage; null when all are too few. */
function outageRequests(traffic: Traffic, policy: JudgePolicy): number | null {
  const isFound = (share: number) =>
    powerOfErrors(
      {
        ...traffic,
        canaryRequests: traffic.canaryRequests * share,
        stableRequests: traffic.stableRequests * share,
      },
      OUTAGE_RATE,
      policy,
    ) >= WANTED_POWER;
  if (!isFound(1)) return null;
  let low = 0;
  let high = 1;
  while ((high - low) * traffic.canaryRequests > 1) {
    const middle = (low + high) / 2;
    if (isFound(middle)) high = middle;
    else low = middle;
  }
  return Math.ceil(high * traffic.canaryRequests);
}

/** The probability that a canary with this error rate is found. */
export function powerOfErrors(traffic: Traffic, errorRate: number, policy: JudgePolicy): number {
  if (policy.kind === 'thresholds') return powerOfLimits(traffic, errorRate, policy);
  const psis = errorPsis(policy.margin);
  return powerOf(
    { ...traffic, stableChance: traffic.errorRate, canaryChance: errorRate },
    { psis, weight: (policy.weights.errors * AT_ONCE) / psis.length, bound: 1 / policy.alpha },
  );
}

/** Of the error limits of a step; a canary is not compared with stable there. */
function powerOfLimits(traffic: Traffic, errorRate: number, policy: ThresholdsPolicy): number {
  const requests = Math.round(traffic.canaryRequests);
  const ofRate =
    policy.errorRate === null || requests < policy.minRequests
      ? Infinity
      : Math.floor(policy.errorRate * requests) + 1;
  const least = Math.min(ofRate, (policy.maxErrors ?? Infinity) + 1);
  const ofCanary = binomial(requests, errorRate);
  return tailsOf(ofCanary)[Math.max(0, least - ofCanary.from)] ?? 0;
}

/** The probability that a canary is found which takes so many times as long. */
function powerOfLatency(traffic: Traffic, times: number, policy: JudgePolicy): number {
  const latency = traffic.latency && countOf(traffic.latency) > 0 ? traffic.latency : USUAL_LATENCY;
  if (policy.kind === 'thresholds') return powerOfLatencyLimits(traffic, times, policy);
  return Math.max(
    ...boundsNearest(latency, LATENCY_QUANTILES).map((index) =>
      powerOfSlow(traffic, slowChances(latency, index, times), policy),
    ),
  );
}

interface Chances {
  readonly stableChance: number;
  readonly canaryChance: number;
}

function powerOfSlow(traffic: Traffic, chances: Chances, policy: SequentialPolicy): number {
  const psis = latencyPsis(policy.margin);
  const components = psis.length * LATENCY_QUANTILES.length;
  return powerOf(
    {
      canaryRequests: traffic.canaryRequests * traffic.warmShare,
      stableRequests: traffic.stableRequests * traffic.warmShare,
      ...chances,
    },
    {
      psis,
      weight: (policy.weights.latency * AT_ONCE) / components,
      bound: 1 / policy.alpha,
    },
  );
}

function slowChances(latency: Histogram, index: number, times: number): Chances {
  const bound = latency.boundsMs[index] ?? 0;
  return {
    stableChance: shareAbove(latency, bound),
    canaryChance: shareAbove(latency, bound / times),
  };
}

/** Whether its quantiles would lie above the limits: certain or impossible, but for chance. */
function powerOfLatencyLimits(traffic: Traffic, times: number, policy: ThresholdsPolicy): number {
  const { latency } = traffic;
  if (latency === null || traffic.canaryRequests < policy.minRequests) return 0;
  const isAbove = (limitMs: number | null, share: number) =>
    limitMs !== null && shareAbove(latency, limitMs / times) > share;
  return isAbove(policy.p95Ms, 0.05) || isAbove(policy.p99Ms, 0.01) ? 1 : 0;
}

/** The share of requests that took longer, evenly spread within a bucket. */
function shareAbove({ boundsMs, counts }: Histogram, ms: number): number {
  let above = 0;
  let total = 0;
  for (const [at, count] of counts.entries()) {
    const lower = at === 0 ? 0 : (boundsMs[at - 1] ?? 0);
    const upper = boundsMs[at] ?? lower * 2;
    above += count * Math.min(1, Math.max(0, (upper - ms) / (upper - lower)));
    total += count;
  }
  return total === 0 ? 0 : above / total;
}

/** The least multiple that has the wanted power, to 2 %; null when `most` has not. */
function leastTimes(most: number, power: (times: number) => number): number | null {
  if (power(most) < WANTED_POWER) return null;
  let low = 1;
  let high = most;
  while (high / low > 1.02) {
    const middle = Math.sqrt(low * high);
    if (power(middle) >= WANTED_POWER) high = middle;
    else low = middle;
  }
  return Number(high.toPrecision(3));
}
