import type { Histogram } from '../tick.ts';
import type { Traffic } from './detectable.ts';

/** What is known of a service before a rollout. */
export interface UsualTraffic {
  readonly requestsPerSecond: number;
  /** 0 to 1. */
  readonly errorRate: number;
  readonly latency: Histogram | null;
}

const WARM_UP_MS = 60_000;

/** What a step of so many percent will bring; with `detectableWith` the gate of a plan. */
export function expectTraffic(
  { requestsPerSecond, errorRate, latency }: UsualTraffic,
  step: { readonly traffic: number; readonly durationMs: number },
): Traffic {
  const requests = (requestsPerSecond * step.durationMs) / 1000;
  return {
    canaryRequests: (requests * step.traffic) / 100,
    stableRequests: (requests * (100 - step.traffic)) / 100,
    warmShare: Math.max(0, 1 - WARM_UP_MS / step.durationMs),
    errorRate,
    latency,
  };
}
