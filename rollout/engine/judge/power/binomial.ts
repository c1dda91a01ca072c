import { logGamma } from '../evidence/log-gamma.ts';

/** The part of a binomial distribution that counts: `probabilities[i]` is that of `from + i`. */
export interface Probabilities {
  readonly from: number;
  readonly probabilities: readonly number[];
}

const NEGLIGIBLE = 1e-12;

export function binomial(trials: number, chance: number): Probabilities {
  if (chance <= 0 || trials === 0) return { from: 0, probabilities: [1] };
  if (chance >= 1) return { from: trials, probabilities: [1] };
  const odds = chance / (1 - chance);
  const mode = Math.min(trials, Math.floor((trials + 1) * chance));
  const top = Math.exp(
    logGamma(trials + 1) -
      logGamma(mode + 1) -
      logGamma(trials - mode + 1) +
      mode * Math.log(chance) +
      (trials - mode) * Math.log1p(-chance),
  );
  const below: number[] = [];
  for (let k = mode, p = top; k > 0 && p > NEGLIGIBLE; k -= 1) {
    p *= k / ((trials - k + 1) * odds);
    below.push(p);
  }
  const above: number[] = [];
  for (let k = mode, p = top; k < trials && p > NEGLIGIBLE; k += 1) {
    p *= ((trials - k) / (k + 1)) * odds;
    above.push(p);
  }
  return { from: mode - below.length, probabilities: [...below.toReversed(), top, ...above] };
}

/** The probability of at least `from + i` for each i; ends with 0. */
export function tailsOf({ probabilities }: Probabilities): number[] {
  const tails = [...probabilities, 0];
  for (let at = probabilities.length - 1; at >= 0; at -= 1) {
    tails[at] = (probabilities[at] ?? 0) + (tails[at + 1] ?? 0);
  }
  return tails;
}
