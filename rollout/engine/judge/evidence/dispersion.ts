import type { Arm } from '../tick.ts';

/** Pearson's chi-square of errors across the stable instances, summed over ticks. */
export interface Dispersion {
  readonly chiSquare: number;
  readonly degrees: number;
}

export const NO_DISPERSION: Dispersion = { chiSquare: 0, degrees: 0 };

/** A tick without errors says nothing about how they cluster. */
export function addDispersion(sum: Dispersion, instances: Arm['instances'] = []): Dispersion {
  const busy = instances.filter(({ requests }) => requests > 0);
  const requests = busy.reduce((total, instance) => total + instance.requests, 0);
  const errors = busy.reduce((total, instance) => total + instance.errors, 0);
  const rate = errors / requests;
  if (busy.length < 2 || errors === 0 || errors >= requests) return sum;
  const chiSquare = busy.reduce(
    (total, one) =>
      total + (one.errors - one.requests * rate) ** 2 / (one.requests * rate * (1 - rate)),
    0,
  );
  return {
    chiSquare: sum.chiSquare + chiSquare,
    degrees: sum.degrees + busy.length - 1,
  };
}

/** phi: how many times more errors vary than if each came alone. */
export function phiOf({ chiSquare, degrees }: Dispersion): number {
  return degrees === 0 ? 1 : Math.max(1, chiSquare / degrees);
}
