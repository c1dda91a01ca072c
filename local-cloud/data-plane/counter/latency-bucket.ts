import { LATENCY_BOUNDS_MS } from '../data-plane.ts';

const LOG_STEP = Math.log(1.1);

/** The place in a histogram of `LATENCY_BOUNDS_MS`: the first bound that is not below. */
export function latencyBucket(latencyMs: number): number {
  const last = LATENCY_BOUNDS_MS.length;
  let bucket = Math.max(0, Math.min(last, Math.ceil(Math.log(latencyMs) / LOG_STEP)));
  // The logarithm may be off by one at a bound.
  while (bucket > 0 && latencyMs <= (LATENCY_BOUNDS_MS[bucket - 1] ?? 0)) bucket--;
  while (bucket < last && latencyMs > (LATENCY_BOUNDS_MS[bucket] ?? 0)) bucket++;
  return bucket;
}
