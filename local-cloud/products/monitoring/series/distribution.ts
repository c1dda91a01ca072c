import { LATENCY_BOUNDS_MS } from '../../../data-plane/data-plane.ts';
import type { Distribution } from './series.ts';

export function mergeDistributions(all: readonly Distribution[]): Distribution {
  return {
    counts: Array.from({ length: LATENCY_BOUNDS_MS.length + 1 }, (_, bucket) =>
      sum(all.map(({ counts }) => counts[bucket] ?? 0)),
    ),
    sumMs: sum(all.map(({ sumMs }) => sumMs)),
  };
}

/** `share` from 0 to 1; as if values were spread evenly in each bucket. */
export function quantile({ counts }: Distribution, share: number): number {
  const wanted = share * sum(counts);
  let below = 0;
  for (const [bucket, count] of counts.entries()) {
    if (count > 0 && below + count >= wanted) {
      const lower = LATENCY_BOUNDS_MS[bucket - 1] ?? 0;
      const upper = LATENCY_BOUNDS_MS[bucket] ?? lower;
      return lower + ((upper - lower) * (wanted - below)) / count;
    }
    below += count;
  }
  return 0;
}

/** A google.api.Distribution; the sum of squared deviations is not known. */
export function renderDistribution({ counts, sumMs }: Distribution): object {
  const count = sum(counts);
  const used = counts.findLastIndex((one) => one > 0) + 1;
  return {
    count: String(count),
    mean: count === 0 ? 0 : sumMs / count,
    bucketOptions: {
      exponentialBuckets: {
        numFiniteBuckets: LATENCY_BOUNDS_MS.length - 1,
        growthFactor: 1.1,
        scale: 1,
      },
    },
    bucketCounts: counts.slice(0, used).map(String),
  };
}

export function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}
