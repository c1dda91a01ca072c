import type { TrafficTarget } from '../have.ts';

/**
 * The same targets in the same proportions with another sum: whole percents that sum to exactly
 * `total` (largest remainder, the first of equals). Untouched when all have 0.
 */
export function spreadPercent(
  targets: readonly TrafficTarget[],
  total: number,
): readonly TrafficTarget[] {
  const sum = sumPercent(targets);
  if (sum === 0 || sum === total) return targets;
  const shares = targets.map(({ percent }) => (percent * total) / sum);
  const whole = shares.map(Math.floor);
  const left = total - whole.reduce((all, percent) => all + percent, 0);
  const byRemainder = shares
    .map((share, index) => ({ index, remainder: share - Math.floor(share) }))
    .toSorted((a, b) => b.remainder - a.remainder || a.index - b.index);
  const raised = new Set(byRemainder.slice(0, left).map(({ index }) => index));
  return targets.map((target, index) => ({
    ...target,
    percent: (whole[index] ?? 0) + (raised.has(index) ? 1 : 0),
  }));
}

export function sumPercent(targets: readonly TrafficTarget[]): number {
  return targets.reduce((sum, { percent }) => sum + percent, 0);
}
