import type { Arm, Tick } from '../../judge/tick.ts';

export interface ArmCounts {
  readonly requests: number;
  readonly errors: number;
}

export const NO_COUNTS: ArmCounts = { requests: 0, errors: 0 };

interface BothCounts {
  readonly canary: ArmCounts;
  readonly stable: ArmCounts;
}

export function countTicks(before: BothCounts, ticks: readonly Tick[]): BothCounts {
  return ticks.reduce(
    (sum, { canary, stable }) => ({
      canary: add(sum.canary, canary),
      stable: add(sum.stable, stable),
    }),
    before,
  );
}

function add(sum: ArmCounts, arm: Arm | null): ArmCounts {
  if (arm === null) return sum;
  return { requests: sum.requests + arm.requests, errors: sum.errors + arm.errors };
}
