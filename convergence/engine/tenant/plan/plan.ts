import { suggest } from 'base/document/nearest.ts';
import { fail } from '../../error-codes.ts';

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
  /** What one query may read of BigQuery, which bills it by that. */
  readonly maxScanBytes: number | null;
  readonly maxResultRows: number;
}

/** What one run or query of a tenant may take of the machine. */
export type WorkLimits = Pick<
  Plan,
  'maxMemoryBytes' | 'maxTempBytes' | 'maxQuerySeconds' | 'maxScanBytes' | 'maxResultRows'
>;

/** Plans by name. */
export type Plans = Readonly<Record<string, Plan>>;

/** The plans as of now: the operator may change them while the platform runs. */
export type ReadPlans = () => Promise<Plans>;

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
    maxScanBytes: 10 * GB,
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
    maxScanBytes: 100 * GB,
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
    maxScanBytes: 1 * TB,
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
    maxScanBytes: null,
    maxResultRows: 100_000,
  },
} as const satisfies Plans;

export const readDefaultPlans: ReadPlans = async () => DEFAULT_PLANS;

/** @throws plan_unknown */
export function planOf(plans: Plans, name: string): Plan {
  const plan = Object.hasOwn(plans, name) ? plans[name] : undefined;
  if (plan) return plan;
  const known = Object.keys(plans);
  throw fail(
    'plan_unknown',
    `There is no plan '${name.slice(0, 60)}'; there are ${known.join(', ')}.`,
    {
      hint: suggest(name, known) ?? 'Take one of these, or ask the operator of the platform.',
      details: { plan: name.slice(0, 60), plans: known },
    },
  );
}

/**
 * A plan that tenants have cannot be taken away from under them.
 * @throws plan_in_use, with the number of tenants of each
 */
export function refuseMissing(plans: Plans, tenantsByPlan: Readonly<Record<string, number>>): void {
  const missing = Object.entries(tenantsByPlan).filter(([name]) => !Object.hasOwn(plans, name));
  if (missing.length === 0) return;
  const list = missing.map(([name, count]) => `'${name}', which ${countTenants(count)}`);
  throw fail('plan_in_use', `There is no plan ${list.join(', and no plan ')}.`, {
    hint: 'Put these plans back into the file, and give the tenants another one before they go.',
    details: { tenantsByPlan: Object.fromEntries(missing) },
  });
}

function countTenants(count: number): string {
  return count === 1 ? 'one tenant has' : `${count} tenants have`;
}
