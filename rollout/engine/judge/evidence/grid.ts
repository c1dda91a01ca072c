/** Which faults evidence is looked for: odds of an error or of a slow request, times psi. */
const ERROR_PSIS: readonly number[] = [1.3, 2, 4, 10, 40];
const LATENCY_PSIS: readonly number[] = [1.25, 1.6, 2.5, 5];

/** Slow is: slower than this quantile of the stable revisions. */
export const LATENCY_QUANTILES: readonly number[] = [0.5, 0.75, 0.9, 0.95, 0.99];

/** The quantile at which a canary must prove harmless to leave a step early. */
export const HARMLESS_QUANTILE = LATENCY_QUANTILES.indexOf(0.95);

/** `margin` is the psi that still counts as no difference; what is not above it is not looked for. */
export function errorPsis(margin: number): readonly number[] {
  return ERROR_PSIS.filter((psi) => psi > margin);
}

export function latencyPsis(margin: number): readonly number[] {
  return LATENCY_PSIS.filter((psi) => psi > margin);
}
