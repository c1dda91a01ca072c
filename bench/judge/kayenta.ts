/** Of the Hodges-Lehmann shift; the interval's lower end must lie above this part of it. */
const TOLERANCE = 0.25;
/** The normal quantile of 99 %: an interval of 98 %. */
const Z = 2.3263478740408408;
/** The canary's mean must be more than so many times the stable one. */
const ALLOWED_INCREASE = 1;

/**
 * Kayenta's MannWhitneyClassifier with its defaults: High when the interval of the shift lies above
 * a quarter of its estimate, and the means differ by more than is allowed.
 */
export function isHigh(canary: readonly number[], stable: readonly number[]): boolean {
  const estimate = shiftWhere(canary, stable, { z: 0, corrects: false });
  const lower = shiftWhere(canary, stable, { z: Z, corrects: true });
  return lower > TOLERANCE * Math.abs(estimate) && effectOf(canary, stable) > ALLOWED_INCREASE;
}

function effectOf(canary: readonly number[], stable: readonly number[]): number {
  const [ofCanary, ofStable] = [mean(canary), mean(stable)];
  if (ofStable === 0) return ofCanary > 0 ? Infinity : 1;
  return ofCanary / ofStable;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** The shift of the canary at which the rank sum is z standard deviations from its mean. */
function shiftWhere(
  canary: readonly number[],
  stable: readonly number[],
  { z, corrects }: { z: number; corrects: boolean },
): number {
  let low = Math.min(...canary) - Math.max(...stable);
  let high = Math.max(...canary) - Math.min(...stable);
  // Falls as the shift grows; without a sign change at the ends R gives the end.
  if (
    scoreOf(
      canary.map((value) => value - low),
      stable,
      corrects,
    ) < z
  )
    return low;
  for (let left = 60; left > 0; left -= 1) {
    const middle = (low + high) / 2;
    const score = scoreOf(
      canary.map((value) => value - middle),
      stable,
      corrects,
    );
    if (score > z) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** The standardized rank sum as in R's wilcox.test(exact = FALSE), ties corrected. */
function scoreOf(one: readonly number[], other: readonly number[], corrects: boolean): number {
  const all = [...one, ...other].toSorted((a, b) => a - b);
  const counts = Map.groupBy(all, (value) => value);
  const rankOf = new Map<number, number>();
  let before = 0;
  for (const [value, same] of counts) {
    rankOf.set(value, before + (same.length + 1) / 2);
    before += same.length;
  }
  const [n, m] = [one.length, other.length];
  const rankSum = one.reduce((sum, value) => sum + (rankOf.get(value) ?? 0), 0);
  const excess = rankSum - (n * (n + 1)) / 2 - (n * m) / 2;
  const ties = [...counts.values()].reduce((sum, { length }) => sum + length ** 3 - length, 0);
  const variance = ((n * m) / 12) * (n + m + 1 - ties / ((n + m) * (n + m - 1)));
  if (variance === 0) return 0;
  return (excess - (corrects ? Math.sign(excess) * 0.5 : 0)) / Math.sqrt(variance);
}
