import { logGamma } from '../evidence/log-gamma.ts';
import type { Random } from './random.ts';

export type Sampler = (random: Random) => number;

/** What is left out at either end has less probability than a random number can tell. */
const NEGLIGIBLE = 1e-14;

/** Poisson numbers by a table of its distribution function: exact, and the same few for ever. */
export function poisson(mean: number): Sampler {
  if (mean < 1e-12) return () => 0;
  const mode = Math.floor(mean);
  const top = Math.exp(mode * Math.log(mean) - mean - logGamma(mode + 1));
  const below: number[] = [];
  for (let k = mode, p = top; k > 0 && p > NEGLIGIBLE; k -= 1) below.push((p *= k / mean));
  const above: number[] = [];
  for (let k = mode, p = top; p > NEGLIGIBLE; k += 1) above.push((p *= mean / (k + 1)));
  return tableSampler(mode - below.length, [...below.toReversed(), top, ...above]);
}

/** `from + i` with probability `probabilities[i]`. */
function tableSampler(from: number, probabilities: readonly number[]): Sampler {
  const upTo = new Float64Array(probabilities.length);
  let sum = 0;
  for (const [at, p] of probabilities.entries()) upTo[at] = sum += p;
  return (random) => {
    const wanted = random() * sum;
    let low = 0;
    let high = upTo.length - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((upTo[middle] ?? 0) > wanted) high = middle;
      else low = middle + 1;
    }
    return from + low;
  };
}

/** Binomial numbers by the gaps between successes; as slow as there are successes. */
export function binomialNumber(trials: number, chance: number, random: Random): number {
  if (chance <= 0) return 0;
  if (chance >= 1) return trials;
  const logMiss = Math.log1p(-chance);
  let successes = -1;
  for (let at = 0; at <= trials; successes += 1) {
    at += 1 + Math.floor(Math.log1p(-random()) / logMiss);
  }
  return successes;
}
