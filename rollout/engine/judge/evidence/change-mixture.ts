/**
 * Evidence that a fault began at some tick, which is not known: for each psi the sum over possible
 * beginnings, weighted by how probable each was held before. Valid at every tick (Ville).
 */
export interface ChangeMixture {
  /** One for each psi: the weighted evidence of all beginnings so far. */
  readonly begun: readonly number[];
  /** The sum of their weights. */
  readonly spent: number;
}

/** Probability that the fault is there from the first tick; the rest is spread over the plan. */
const AT_ONCE = 0.5;
/** Far above any bound, and far below where a number ends. */
const CEILING = 1e250;

export function startMixture(count: number): ChangeMixture {
  return { begun: Array.from({ length: count }, () => 0), spent: 0 };
}

/** How probable it was held before that the fault begins at tick `index`, from 0. */
export function priorAt(index: number, plannedTicks: number): number {
  if (index === 0) return AT_ONCE;
  return index < plannedTicks ? (1 - AT_ONCE) / (plannedTicks - 1) : 0;
}

/** `logRatios` are log LR of the tick, one for each psi; `prior` is `priorAt` of the tick. */
export function addToMixture(
  { begun, spent }: ChangeMixture,
  logRatios: readonly number[],
  prior: number,
): ChangeMixture {
  return {
    begun: begun.map((weight, index) =>
      Math.min(CEILING, (weight + prior) * Math.exp(logRatios[index] ?? 0)),
    ),
    spent: spent + prior,
  };
}

/** The E-value, 1 when nothing was seen. */
export function mixtureValue({ begun, spent }: ChangeMixture): number {
  return begun.reduce((sum, weight) => sum + weight, 0) / begun.length + 1 - spent;
}
