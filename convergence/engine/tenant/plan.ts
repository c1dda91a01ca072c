/** What a subscription allows. `null` means without limit. */
export interface Plan {
  readonly runsPerDay: number | null;
  readonly runsPerMonth: number | null;
  /** Runs beyond it wait in the queue; nothing is refused. */
  readonly concurrentRuns: number | null;
  /** Rows that loads have published. */
  readonly rowsPerDay: number | null;
  readonly rowsPerMonth: number | null;
  /** Raw bytes that the published loads have extracted. */
  readonly bytesPerDay: number | null;
  readonly bytesPerMonth: number | null;
  /** Source files in the folder of the tenant. */
  readonly sources: number | null;
  /** Of the warehouse, for one run or query. */
  readonly maxMemoryBytes: number;
  /** Disk for what does not fit into memory, for one run or query. */
  readonly maxTempBytes: number;
  readonly maxQuerySeconds: number;
  readonly maxResultRows: number;
}

/** Plans by name. */
export type Plans = Readonly<Record<string, Plan>>;

const MB = 1e6;
const GB = 1e9;
const TB = 1e12;

/** Where the operator has written none. */
export const DEFAULT_PLANS = {
  starter: {
    runsPerDay: 50,
    runsPerMonth: 1_000,
    concurrentRuns: 2,
    rowsPerDay: 5_000_000,
    rowsPerMonth: 50_000_000,
    bytesPerDay: 5 * GB,
    bytesPerMonth: 50 * GB,
    sources: 10,
    maxMemoryBytes: 512 * MB,
    maxTempBytes: 5 * GB,
    maxQuerySeconds: 30,
    maxResultRows: 10_000,
  },
  professional: {
    runsPerDay: 500,
    runsPerMonth: 10_000,
    concurrentRuns: 5,
    rowsPerDay: 50_000_000,
    rowsPerMonth: 500_000_000,
    bytesPerDay: 50 * GB,
    bytesPerMonth: 500 * GB,
    sources: 50,
    maxMemoryBytes: 1 * GB,
    maxTempBytes: 20 * GB,
    maxQuerySeconds: 60,
    maxResultRows: 50_000,
  },
  scale: {
    runsPerDay: 5_000,
    runsPerMonth: 100_000,
    concurrentRuns: 20,
    rowsPerDay: 1_000_000_000,
    rowsPerMonth: 10_000_000_000,
    bytesPerDay: 1 * TB,
    bytesPerMonth: 10 * TB,
    sources: 500,
    maxMemoryBytes: 2 * GB,
    maxTempBytes: 100 * GB,
    maxQuerySeconds: 300,
    maxResultRows: 100_000,
  },
  enterprise: {
    runsPerDay: null,
    runsPerMonth: null,
    concurrentRuns: null,
    rowsPerDay: null,
    rowsPerMonth: null,
    bytesPerDay: null,
    bytesPerMonth: null,
    sources: null,
    maxMemoryBytes: 4 * GB,
    maxTempBytes: 500 * GB,
    maxQuerySeconds: 600,
    maxResultRows: 100_000,
  },
} as const satisfies Plans;

export type PlanName = keyof typeof DEFAULT_PLANS;
