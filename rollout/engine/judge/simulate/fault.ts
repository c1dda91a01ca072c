import { lognormalHistogram } from '../power/lognormal.ts';
import type { Histogram } from '../tick.ts';
import type { Behaviour, Scenario } from './scenario.ts';

const MEDIAN_MS = 100;
const SIGMA = 0.6;
const known = new Map<number, Histogram>();

/** Lognormal latencies, so many times as long. */
export function usualLatency(times = 1): Histogram {
  const latency =
    known.get(times) ?? lognormalHistogram({ medianMs: MEDIAN_MS * times, sigma: SIGMA });
  known.set(times, latency);
  return latency;
}

/** A canary of `percent` that is as good as stable. */
export function healthy(options: {
  readonly requestsPerSecond: number;
  readonly errorRate: number;
  readonly percent?: number;
  readonly minutes?: number;
}): Scenario {
  const { requestsPerSecond, errorRate, percent = 10, minutes = 15 } = options;
  const behaviour: Behaviour = { errorRate: () => errorRate, latency: () => usualLatency() };
  return {
    requestsPerSecond,
    minutes,
    traffic: () => percent,
    share: () => percent / 100,
    stable: behaviour,
    canary: behaviour,
    bursts: null,
  };
}

/** The canary fails with this probability from a second on. */
export function failing(scenario: Scenario, errorRate: number, fromSecond = 0): Scenario {
  const usual = scenario.canary.errorRate;
  return withCanary(scenario, {
    errorRate: (second) => (second >= fromSecond ? errorRate : usual(second)),
  });
}

/** The canary takes so many times as long. */
export function slower(scenario: Scenario, times: number): Scenario {
  return withCanary(scenario, { latency: () => usualLatency(times) });
}

export function withCanary(scenario: Scenario, change: Partial<Behaviour>): Scenario {
  return { ...scenario, canary: { ...scenario.canary, ...change } };
}

/** The slowest 10 % take so many times as long; the others stay. */
export function stretchSlowest(times: number): Histogram {
  return stretched.get(times) ?? stretch(times);
}

const stretched = new Map<number, Histogram>();

function stretch(times: number): Histogram {
  const { boundsMs } = usualLatency();
  const upTo = (latency: Histogram) => {
    let sum = 0;
    return latency.counts.map((count) => (sum += count));
  };
  const slow = upTo(usualLatency(times));
  const below = upTo(usualLatency()).map((share, at) =>
    Math.max(Math.min(share, 0.9), slow[at] ?? 0),
  );
  const latency = { boundsMs, counts: below.map((share, at) => share - (below[at - 1] ?? 0)) };
  stretched.set(times, latency);
  return latency;
}
