import type { Arm, Histogram } from '../tick.ts';

/** Both together; with other bounds than before the history begins again. */
export function addHistogram(sum: Histogram | null, next: Histogram | null): Histogram | null {
  if (next === null) return sum;
  if (sum === null || !haveSameBounds(sum, next)) return next;
  const counts = sum.counts.slice();
  for (let at = 0; at < counts.length; at += 1)
    counts[at] = (counts[at] ?? 0) + (next.counts[at] ?? 0);
  return { boundsMs: sum.boundsMs, counts };
}

export function haveSameBounds(one: Histogram, other: Histogram): boolean {
  if (one.boundsMs === other.boundsMs) return true;
  return (
    one.boundsMs.length === other.boundsMs.length &&
    one.boundsMs.every((bound, at) => bound === other.boundsMs[at])
  );
}

export function countOf({ counts }: Histogram): number {
  return counts.reduce((sum, count) => sum + count, 0);
}

/**
 * The quantile, interpolated within its bucket; the last bound when it lies beyond it; null when
 * there is no request.
 */
export function quantileOf(histogram: Histogram, quantile: number): number | null {
  const { boundsMs, counts } = histogram;
  const wanted = quantile * countOf(histogram);
  if (wanted === 0) return null;
  let below = 0;
  for (const [at, bound] of boundsMs.entries()) {
    const count = counts[at] ?? 0;
    const lower = at === 0 ? 0 : (boundsMs[at - 1] ?? 0);
    if (below + count >= wanted) return lower + ((bound - lower) * (wanted - below)) / count;
    below += count;
  }
  return boundsMs.at(-1) ?? null;
}

/** For each quantile, rising, the index of the bound up to which about that share of requests is. */
export function boundsNearest(histogram: Histogram, quantiles: readonly number[]): number[] {
  const { counts, boundsMs } = histogram;
  const total = countOf(histogram);
  let at = 0;
  let below = counts[0] ?? 0;
  return quantiles.map((quantile) => {
    while (at < boundsMs.length - 1) {
      const next = below + (counts[at + 1] ?? 0);
      if (Math.abs(next / total - quantile) > Math.abs(below / total - quantile)) break;
      at += 1;
      below = next;
    }
    return at;
  });
}

/**
 * Requests slower than the bounds at `indexes`, which rise. A request without a latency hangs
 * still: it is slower than any bound.
 */
export function countSlower(arm: Arm, indexes: readonly number[]): number[] {
  const { counts } = arm.latency ?? { counts: [] };
  const slower: number[] = [];
  let within = 0;
  let at = 0;
  for (const index of indexes) {
    for (; at <= index; at += 1) within += counts[at] ?? 0;
    slower.push(Math.max(0, arm.requests - within));
  }
  return slower;
}
