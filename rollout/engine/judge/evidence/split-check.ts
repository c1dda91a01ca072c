import { logGamma } from './log-gamma.ts';

/** How firmly the split is believed to be the wanted one: as after so many requests. */
const CONCENTRATION = 10_000;
/** The probability that a split in order is ever called broken. */
const ALPHA = 0.001;

/**
 * The log Bayes factor of "the shares are others" against "they are `expected`", valid at every
 * look (Lindon and Malek, "Anytime-valid inference for multinomial count data", 2022). `expected`
 * sums to 1, without zeros.
 */
export function logSplitEvidence(counts: readonly number[], expected: readonly number[]): number {
  const total = counts.reduce((sum, count) => sum + count, 0);
  const overall = logGamma(CONCENTRATION) - logGamma(CONCENTRATION + total);
  return counts.reduce((sum, count, index) => {
    const share = expected[index] ?? 0;
    const prior = CONCENTRATION * share;
    return sum + logGamma(prior + count) - logGamma(prior) - count * Math.log(share);
  }, overall);
}

/** Whether the platform gives the canary another share of the requests than was asked for. */
export function isSplitBroken(canary: number, stable: number, share: number): boolean {
  if (share <= 0 || share >= 1) return false;
  return logSplitEvidence([canary, stable], [share, 1 - share]) >= -Math.log(ALPHA);
}
