export interface Weight {
  readonly revision: string;
  readonly percent: number;
}

/** Draws a revision by the weights, for a `random` of 0 to below 1; undefined when all are 0. */
export function pickRevision(weights: readonly Weight[], random: number): string | undefined {
  let left = random * weights.reduce((sum, { percent }) => sum + percent, 0);
  for (const { revision, percent } of weights) {
    if (left < percent) return revision;
    left -= percent;
  }
  return undefined;
}
