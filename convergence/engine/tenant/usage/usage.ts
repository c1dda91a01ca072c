import type { AppError } from 'base/error.ts';
import { fail } from '../../error-codes.ts';
import { endOfDay, endOfMonth, localDay } from '../local-day.ts';
import type { Plan, Plans } from '../plan/plan.ts';

/** Counters of a tenant as they are stored; they may be of a day or month that is over. */
export interface UsageCounters {
  /** In the time zone of the tenant, `2026-03-29`. */
  readonly day: string;
  readonly runsToday: number;
  readonly runsThisMonth: number;
  readonly rowsToday: number;
  readonly rowsThisMonth: number;
  readonly bytesToday: number;
  readonly bytesThisMonth: number;
}

/** The limits that are used up and begin again, under their names in the API and in plan files. */
export const QUOTAS = [
  { name: 'runs_per_day', unit: 'runs', per: 'day', allowed: 'runsPerDay', used: 'runsToday' },
  {
    name: 'runs_per_month',
    unit: 'runs',
    per: 'month',
    allowed: 'runsPerMonth',
    used: 'runsThisMonth',
  },
  { name: 'rows_per_day', unit: 'rows', per: 'day', allowed: 'rowsPerDay', used: 'rowsToday' },
  {
    name: 'rows_per_month',
    unit: 'rows',
    per: 'month',
    allowed: 'rowsPerMonth',
    used: 'rowsThisMonth',
  },
  { name: 'bytes_per_day', unit: 'bytes', per: 'day', allowed: 'bytesPerDay', used: 'bytesToday' },
  {
    name: 'bytes_per_month',
    unit: 'bytes',
    per: 'month',
    allowed: 'bytesPerMonth',
    used: 'bytesThisMonth',
  },
] as const;

export type Quota = (typeof QUOTAS)[number];

function noUsage(day: string): UsageCounters {
  const ofDay = { runsToday: 0, rowsToday: 0, bytesToday: 0 };
  return { day, ...ofDay, runsThisMonth: 0, rowsThisMonth: 0, bytesThisMonth: 0 };
}

/**
 * The counters as of now: those of a day or month that is over are zero. A stored day ahead of the
 * local one (the tenant moved west) is kept, so that moving gives nobody a second day.
 */
export function currentUsage(stored: UsageCounters, now: Date, timeZone: string): UsageCounters {
  const today = localDay(now, timeZone);
  if (stored.day >= today) return stored;
  const fresh = noUsage(today);
  if (!isSameMonth(stored.day, today)) return fresh;
  const { runsThisMonth, rowsThisMonth, bytesThisMonth } = stored;
  return { ...fresh, runsThisMonth, rowsThisMonth, bytesThisMonth };
}

export function isSameMonth(day: string, other: string): boolean {
  return day.slice(0, 7) === other.slice(0, 7);
}

/** When the count of a quota begins again. `usage` is as of `now`. */
function resetOf(
  { per }: Pick<Quota, 'per'>,
  { day }: Pick<UsageCounters, 'day'>,
  at: { readonly now: Date; readonly timeZone: string },
): Date {
  return per === 'day' ? endOfDay(day, at.now, at.timeZone) : endOfMonth(day, at.now, at.timeZone);
}

/** What a tenant has used, and of what; both as of `now`. */
export interface Standing {
  readonly plan: Plan;
  readonly usage: UsageCounters;
  readonly now: Date;
  readonly timeZone: string;
}

/** The refusal of whoever has nothing left of a quota; undefined where something is left of each. */
export function findReached(standing: Standing): AppError | undefined {
  return findUsedUp(standing, QUOTAS);
}

/** As `findReached`, of what loads take. */
export function findLoadsReached(standing: Standing): AppError | undefined {
  return findUsedUp(
    standing,
    QUOTAS.filter(({ unit }) => unit !== 'runs'),
  );
}

function findUsedUp(standing: Standing, quotas: readonly Quota[]): AppError | undefined {
  const { plan, usage } = standing;
  const reached = quotas.find(({ allowed, used }) => {
    const limit = plan[allowed];
    return limit !== null && usage[used] >= limit;
  });
  return reached && quotaExceeded(standing, reached, null);
}

/** @throws quota_exceeded when there is no room for so many rows or bytes */
export function checkRoom(
  standing: Standing,
  size: { readonly rows: number; readonly bytes: number },
): void {
  const { plan, usage } = standing;
  for (const quota of QUOTAS) {
    const needed = quota.unit === 'runs' ? 0 : size[quota.unit];
    const limit = plan[quota.allowed];
    if (needed === 0 || limit === null || usage[quota.used] + needed <= limit) continue;
    throw quotaExceeded(standing, quota, needed);
  }
}

const whole = new Intl.NumberFormat('en-US');

function quotaExceeded(standing: Standing, quota: Quota, needed: number | null): AppError {
  const { name, unit, per } = quota;
  const allowed = standing.plan[quota.allowed] ?? 0;
  const used = standing.usage[quota.used];
  const resetsAt = resetOf(quota, standing.usage, standing).toISOString();
  const more = needed === null ? '' : `; ${whole.format(needed)} more do not fit`;
  return fail(
    'quota_exceeded',
    `The plan allows ${whole.format(allowed)} ${unit} a ${per}, and ${whole.format(used)} were used${more}.`,
    {
      hint: `Wait until ${resetsAt}, when the count begins again, or take a larger plan.`,
      details: { limit: name, allowed, used, resetsAt, ...(needed !== null && { needed }) },
    },
  );
}

/** The refusal of a tenant that has more source files than its plan allows. */
export function findSurplusSources(
  { sources: allowed }: Pick<Plan, 'sources'>,
  used: number,
): AppError | undefined {
  if (allowed === null || used <= allowed) return undefined;
  return fail('quota_exceeded', `The plan allows ${allowed} sources, and there are ${used}.`, {
    hint: 'Remove source files that nothing needs, or take a larger plan.',
    details: { limit: 'sources', allowed, used },
  });
}

/** One limit of a plan and how much of it is used. */
export interface LimitUse {
  readonly name: Quota['name'] | 'concurrent_runs' | 'sources';
  readonly used: number;
  readonly allowed: number | null;
  /** Null: it does not begin again by itself. */
  readonly resetsAt: Date | null;
}

/** Every limit that is counted; those of queries and memory hold for each run by itself. */
export function limitUses(
  standing: Standing,
  now: { readonly runningNow: number; readonly sources: number },
): readonly LimitUse[] {
  const { plan, usage } = standing;
  const counted = QUOTAS.map((quota) => ({
    name: quota.name,
    used: usage[quota.used],
    allowed: plan[quota.allowed],
    resetsAt: resetOf(quota, usage, standing),
  }));
  const lasting = { resetsAt: null };
  return [
    ...counted,
    { name: 'concurrent_runs', used: now.runningNow, allowed: plan.concurrentRuns, ...lasting },
    { name: 'sources', used: now.sources, allowed: plan.sources, ...lasting },
  ];
}

/** How much of a quota a tenant has used, in percent; one without limit is `below_80`. */
export type UseClass = 'below_80' | 'from_80' | 'reached';

export interface QuotaUse {
  readonly quota: Quota['name'];
  readonly use: UseClass;
  readonly tenants: number;
}

/** How many tenants have used how much of each quota: for 500 tenants 18 numbers. */
export function countQuotaUse(
  tenants: readonly { readonly plan: string; readonly usage: UsageCounters }[],
  plans: Plans,
): QuotaUse[] {
  return QUOTAS.flatMap(({ name, allowed, used }) => {
    const counts: Record<UseClass, number> = { below_80: 0, from_80: 0, reached: 0 };
    for (const { plan, usage } of tenants) {
      counts[classOf(usage[used], plans[plan]?.[allowed] ?? null)]++;
    }
    return Object.entries(counts).map(([use, count]) => ({
      quota: name,
      use: use as UseClass,
      tenants: count,
    }));
  });
}

function classOf(used: number, allowed: number | null): UseClass {
  if (allowed === null || used < 0.8 * allowed) return 'below_80';
  return used >= allowed ? 'reached' : 'from_80';
}
