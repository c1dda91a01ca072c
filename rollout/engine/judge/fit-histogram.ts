import type { Histogram } from './tick.ts';

/**
 * The histogram for that many requests, in whole numbers. Sources that count requests and latencies
 * apart sample them at slightly different moments; without this the difference would look like
 * requests that hang. Null when there is nothing to spread.
 */
export function fitHistogram(histogram: Histogram, requests: number): Histogram | null {
  const total = histogram.counts.reduce((sum, count) => sum + count, 0);
  if (total === 0) return requests === 0 ? histogram : null;
  let below = 0;
  let taken = 0;
  const counts = histogram.counts.map((count) => {
    below += count;
    const upTo = Math.round((below / total) * requests);
    const here = upTo - taken;
    taken = upTo;
    return here;
  });
  return { boundsMs: histogram.boundsMs, counts };
}
