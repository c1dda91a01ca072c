import type { protos } from '@google-cloud/monitoring';
import type { Histogram } from '../../engine/judge/tick.ts';

export type Distribution = protos.google.api.IDistribution;
type BucketOptions = protos.google.api.Distribution.IBucketOptions;

/**
 * A distribution in milliseconds as a histogram; null when it has no buckets. Its buckets hold what
 * is below a bound, ours what is at most the bound: for times that is the same.
 * https://cloud.google.com/monitoring/api/ref_v3/rpc/google.api#distribution
 */
export function toHistogram({ bucketOptions, bucketCounts }: Distribution): Histogram | null {
  const boundsMs = bucketOptions ? boundsOf(bucketOptions) : [];
  if (boundsMs.length === 0) return null;
  // Trailing zeros are left out.
  const counts = [...boundsMs, Infinity].map((_, index) => Number(bucketCounts?.[index] ?? 0));
  return { boundsMs, counts };
}

function boundsOf(options: BucketOptions): readonly number[] {
  const { linearBuckets: linear, exponentialBuckets: exponential, explicitBuckets } = options;
  if (linear) {
    const { numFiniteBuckets, width, offset } = linear;
    return sequence(numFiniteBuckets, (index) => (offset ?? 0) + (width ?? 0) * index);
  }
  if (exponential) {
    const { numFiniteBuckets, growthFactor, scale } = exponential;
    return sequence(numFiniteBuckets, (index) => (scale ?? 0) * (growthFactor ?? 0) ** index);
  }
  return explicitBuckets?.bounds ?? [];
}

/** One bound more than finite buckets. */
function sequence(
  finiteBuckets: number | null | undefined,
  boundAt: (index: number) => number,
): readonly number[] {
  return Array.from({ length: (finiteBuckets ?? 0) + 1 }, (_, index) => boundAt(index));
}
