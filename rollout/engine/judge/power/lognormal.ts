import type { Histogram } from '../tick.ts';

export interface Lognormal {
  readonly medianMs: number;
  /** Of the logarithm. */
  readonly sigma: number;
}

/** From 1 ms to over 20 s. */
const BOUNDS_MS: readonly number[] = Array.from({ length: 205 }, (_, index) => 1.05 ** index);

/** The shares of each bucket, of a latency with this distribution. */
export function lognormalHistogram({ medianMs, sigma }: Lognormal): Histogram {
  const below = BOUNDS_MS.map((bound) => normalBelow(Math.log(bound / medianMs) / sigma));
  const counts = [...below, 1].map((share, at) => share - (below[at - 1] ?? 0));
  return { boundsMs: BOUNDS_MS, counts };
}

/** The distribution function of the normal distribution, to 1e-7 (Abramowitz and Stegun 26.2.17). */
function normalBelow(z: number): number {
  const t = 1 / (1 + 0.2316419 * Math.abs(z));
  const polynomial =
    t *
    (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  const tail = (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) * polynomial;
  return z > 0 ? 1 - tail : tail;
}
