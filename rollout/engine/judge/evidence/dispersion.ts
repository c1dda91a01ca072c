import type { Arm } from '../tick.ts';

/** Above this many standard deviations errors on instances of one tick cluster. */
const SIGNIFICANT = 4;
/** A burst goes over the end of a tick. Without this bursts of 10 s cost 5 % false alarms, not 2. */
const STRADDLE = 1.5;

/**
 * How many errors of a tick come together on one of the stable instances: Pearson's chi-square over
 * its degrees of freedom, with an allowance for what other ticks saw of them. A tick in which they may as well have fallen by chance has 1.
 */
export function dispersionOf(instances: Arm['instances'] = []): number {
  const busy = instances.filter(({ requests }) => requests > 0);
  const requests = busy.reduce((total, instance) => total + instance.requests, 0);
  const errors = busy.reduce((total, instance) => total + instance.errors, 0);
  if (busy.length < 2 || errors === 0 || errors >= requests) return 1;
  const rate = errors / requests;
  const chiSquare = busy.reduce(
    (total, one) =>
      total + (one.errors - one.requests * rate) ** 2 / (one.requests * rate * (1 - rate)),
    0,
  );
  const degrees = busy.length - 1;
  const isCluster = chiSquare > degrees + SIGNIFICANT * Math.sqrt(2 * degrees);
  return isCluster ? Math.max(1, (STRADDLE * chiSquare) / degrees) : 1;
}
