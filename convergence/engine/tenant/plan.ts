/** What a subscription allows. `null` means without limit. */
export interface Plan {
  readonly runsPerDay: number | null;
  readonly runsPerMonth: number | null;
  readonly concurrentRuns: number | null;
}

export const PLANS = {
  starter: { runsPerDay: 50, runsPerMonth: 1_000, concurrentRuns: 2 },
  professional: { runsPerDay: 500, runsPerMonth: 10_000, concurrentRuns: 5 },
  scale: { runsPerDay: 5_000, runsPerMonth: 100_000, concurrentRuns: 20 },
  enterprise: { runsPerDay: null, runsPerMonth: null, concurrentRuns: null },
} as const satisfies Record<string, Plan>;

export type PlanName = keyof typeof PLANS;
