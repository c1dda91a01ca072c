import { fail } from '../error-codes.ts';
import { localDay, nextDayStart, nextMonthStart } from '../tenant/local-day.ts';
import type { Plan } from '../tenant/plan.ts';
import type { TenantProfile } from '../tenant/tenant-store.ts';
import type { Failure } from './run.ts';
import type { RunRequest } from './run-store.ts';

/** Counters of a tenant as they are stored; they may be of a day or month that is over. */
export interface UsageCounters {
  /** In the time zone of the tenant, `2026-03-29`. */
  readonly day: string;
  readonly runsToday: number;
  readonly runsThisMonth: number;
}

export interface AdmissionState {
  readonly tenant: Pick<TenantProfile, 'tenantId' | 'status' | 'timeZone'>;
  readonly plan: Plan;
  readonly usage: UsageCounters;
  /** Runs of the same pipeline that have not ended, oldest first. */
  readonly activeRuns: readonly string[];
}

export type Admission =
  | { readonly outcome: 'queue'; readonly usage: UsageCounters; readonly cancel: readonly string[] }
  /** The run is recorded as cancelled, for this reason, and not counted. */
  | { readonly outcome: 'skip'; readonly failure: Failure };

/**
 * Whether a tenant may start a run now, and what has to be written for it.
 * @throws tenant_suspended, quota_exceeded
 */
export function decideAdmission(
  state: AdmissionState,
  concurrency: RunRequest['concurrency'],
  now: Date,
): Admission {
  const { tenant, plan, activeRuns } = state;
  if (tenant.status === 'suspended') {
    throw fail('tenant_suspended', `Tenant ${tenant.tenantId} is suspended and starts no runs.`, {
      hint: 'Ask the operator of the platform to resume it.',
    });
  }
  const surplus = concurrency ? activeRuns.length - concurrency.limit + 1 : 0;
  if (surplus > 0 && concurrency?.onConflict === 'skip') {
    return { outcome: 'skip', failure: skipped(activeRuns.length, concurrency.limit) };
  }
  const used = currentUsage(state.usage, now, tenant.timeZone);
  if (isReached(plan.runsPerDay, used.runsToday)) {
    const resetsAt = nextDayStart(now, tenant.timeZone);
    throw quotaExceeded(plan, { limit: 'runsPerDay', used: used.runsToday, resetsAt });
  }
  if (isReached(plan.runsPerMonth, used.runsThisMonth)) {
    const resetsAt = nextMonthStart(now, tenant.timeZone);
    throw quotaExceeded(plan, { limit: 'runsPerMonth', used: used.runsThisMonth, resetsAt });
  }
  const { day, runsToday, runsThisMonth } = used;
  return {
    outcome: 'queue',
    usage: { day, runsToday: runsToday + 1, runsThisMonth: runsThisMonth + 1 },
    cancel: concurrency?.onConflict === 'cancel' ? activeRuns.slice(0, Math.max(0, surplus)) : [],
  };
}

/**
 * The counters as of now: those of a day or month that is over are zero. A stored day ahead of the
 * local one (the tenant moved west) is kept, so that moving gives nobody a second day.
 */
export function currentUsage(stored: UsageCounters, now: Date, timeZone: string): UsageCounters {
  const today = localDay(now, timeZone);
  if (stored.day >= today) return stored;
  const sameMonth = stored.day.slice(0, 7) === today.slice(0, 7);
  return { day: today, runsToday: 0, runsThisMonth: sameMonth ? stored.runsThisMonth : 0 };
}

function isReached(allowed: number | null, used: number): boolean {
  return allowed !== null && used >= allowed;
}

interface Reached {
  readonly limit: 'runsPerDay' | 'runsPerMonth';
  readonly used: number;
  readonly resetsAt: Date;
}

function quotaExceeded(plan: Plan, { limit, used, resetsAt }: Reached): Error {
  const allowed = plan[limit];
  const per = limit === 'runsPerDay' ? 'day' : 'month';
  const at = resetsAt.toISOString();
  return fail(
    'quota_exceeded',
    `The plan allows ${allowed} runs a ${per}, and ${used} were used.`,
    {
      hint: `Wait until ${at}, when the count begins again, or take a larger plan.`,
      details: { limit, allowed, used, resetsAt: at },
    },
  );
}

function skipped(active: number, limit: number): Failure {
  return {
    code: 'cancelled',
    kind: 'conflict',
    message: `Skipped: ${active} runs of the pipeline have not ended, and it allows ${limit}.`,
    hint: 'Set concurrency.on_conflict to queue to let runs wait.',
  };
}
