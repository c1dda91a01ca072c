import { LATENCY_BOUNDS_MS } from '../data-plane.ts';
import type { Counter } from '../data-plane.ts';

/** A part of a counter, as it is added up and written to disk: sparse, by place and by name. */
export interface CounterSum {
  /** Seconds since 1970. */
  readonly second: number;
  readonly revision: string;
  readonly byStatus: Record<string, number>;
  readonly latency: Record<number, number>;
  latencySumMs: number;
  readonly errorClients: string[];
  /** Requests and errors by instance. */
  readonly instances: Record<string, [requests: number, errors: number]>;
}

export function emptySum(second: number, revision: string): CounterSum {
  return {
    second,
    revision,
    byStatus: {},
    latency: {},
    latencySumMs: 0,
    errorClients: [],
    instances: {},
  };
}

/** Adds `more` to `sum`. */
export function addSum(sum: CounterSum, more: CounterSum): void {
  for (const [status, count] of Object.entries(more.byStatus))
    sum.byStatus[status] = (sum.byStatus[status] ?? 0) + count;
  for (const [bucket, count] of Object.entries(more.latency))
    sum.latency[Number(bucket)] = (sum.latency[Number(bucket)] ?? 0) + count;
  sum.latencySumMs += more.latencySumMs;
  sum.errorClients.push(...more.errorClients);
  for (const [instance, [requests, errors]] of Object.entries(more.instances)) {
    const [before = 0, errorsBefore = 0] = sum.instances[instance] ?? [];
    sum.instances[instance] = [before + requests, errorsBefore + errors];
  }
}

export function toCounter(sum: CounterSum): Counter {
  const buckets = LATENCY_BOUNDS_MS.length + 1;
  return {
    second: sum.second,
    revision: sum.revision,
    byStatus: { ...sum.byStatus },
    latency: Array.from({ length: buckets }, (_, bucket) => sum.latency[bucket] ?? 0),
    latencySumMs: Math.round(sum.latencySumMs * 1000) / 1000,
    errorClients: [...sum.errorClients],
    instances: Object.values(sum.instances).map(([requests, errors]) => ({ requests, errors })),
  };
}
