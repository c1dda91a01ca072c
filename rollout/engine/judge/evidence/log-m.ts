/** The fixed margins of one tick: given them, chance alone decides where the errors fell. */
export interface Margins {
  readonly canaryRequests: number;
  readonly stableRequests: number;
  /** Errors (or slow requests) of both arms together. */
  readonly events: number;
}

/** Above this the sum would cost more than a tick may; the bound is close there, and still valid. */
const MAX_SUPPORT = 4_000;

/**
 * For each psi `log E[psi^K]`, K hypergeometric: the number of events that fall on the canary when
 * the arms do not differ. `psis` must rise and be at least 1.
 *
 * Sums run outward from the mode, where the terms are largest, by the ratio of neighbours: no gamma
 * function, no overflow, and terms that cannot count are never computed.
 */
export function logMs(margins: Margins, psis: readonly number[]): number[] {
  const { canaryRequests, stableRequests, events } = margins;
  if (Math.min(canaryRequests, events) > MAX_SUPPORT) return logBounds(margins, psis);
  const least = Math.max(0, events - stableRequests);
  const most = Math.min(canaryRequests, events);
  /** weight(k + 1) / weight(k) */
  const ratio = (k: number) =>
    ((canaryRequests - k) * (events - k)) / ((k + 1) * (stableRequests - events + k + 1));
  let mode = Math.floor(
    ((events + 1) * (canaryRequests + 1)) / (canaryRequests + stableRequests + 2),
  );
  mode = Math.min(Math.max(mode, least), most);
  const range = { least, most, ratio };
  const central = Math.log(sumAround(mode, 1, range));
  let logWeight = 0;
  return psis.map((psi) => {
    const climb = climbToMode(mode, psi, range);
    mode = climb.mode;
    logWeight += climb.logWeight;
    return logWeight + mode * Math.log(psi) + Math.log(sumAround(mode, psi, range)) - central;
  });
}

/**
 * At least `logMs`, in closed form: a hypergeometric variable is smaller in convex order than the
 * binomial one of the same mean (Hoeffding 1963), so that evidence divided by it stays valid.
 */
function logBounds(
  { canaryRequests, stableRequests, events }: Margins,
  psis: readonly number[],
): number[] {
  const share = canaryRequests / (canaryRequests + stableRequests);
  return psis.map((psi) => events * Math.log1p(share * (psi - 1)));
}

interface Range {
  readonly least: number;
  readonly most: number;
  readonly ratio: (k: number) => number;
}

/** The mode rises with psi. `logWeight` is that of the new mode relative to the old one. */
function climbToMode(
  from: number,
  psi: number,
  { most, ratio }: Range,
): { readonly mode: number; readonly logWeight: number } {
  let mode = from;
  let logWeight = 0;
  let product = 1;
  for (; mode < most; mode += 1) {
    const step = ratio(mode);
    if (psi * step < 1) break;
    product *= step;
    if (product < 1e-250) {
      logWeight += Math.log(product);
      product = 1;
    }
  }
  return { mode, logWeight: logWeight + Math.log(product) };
}

/** The sum of weight(k) psi^k over all k, relative to the term of the mode. */
function sumAround(mode: number, psi: number, { least, most, ratio }: Range): number {
  let sum = 1;
  for (let k = mode, term = 1; k < most && term > sum * 1e-18; k += 1) {
    term *= psi * ratio(k);
    sum += term;
  }
  for (let k = mode, term = 1; k > least && term > sum * 1e-18; k -= 1) {
    term /= psi * ratio(k - 1);
    sum += term;
  }
  return sum;
}
