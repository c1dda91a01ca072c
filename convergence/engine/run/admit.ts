import type { AppError } from 'base/error.ts';
import { fail } from '../error-codes.ts';
import type { Plan } from '../tenant/plan/plan.ts';
import type { TenantProfile } from '../tenant/tenant-store.ts';
import { currentUsage, findReached, findSurplusSources } from '../tenant/usage/usage.ts';
import type { UsageCounters } from '../tenant/usage/usage.ts';
import type { Failure } from './run.ts';
import type { RunRequest } from './run-store.ts';

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
  | { readonly outcome: 'skip'; readonly failure: Failure }
  /** The tenant may not: tenant_suspended or quota_exceeded. Nothing is counted. */
  | { readonly outcome: 'refuse'; readonly error: AppError };

/** Whether a tenant may start a run now, and what has to be written for it. */
export function decideAdmission(
  state: AdmissionState,
  { concurrency, sources = 0 }: Pick<RunRequest, 'concurrency' | 'sources'>,
  now: Date,
): Admission {
  const { tenant, plan, activeRuns } = state;
  if (tenant.status === 'suspended') return { outcome: 'refuse', error: suspended(tenant) };
  const surplus = concurrency ? activeRuns.length - concurrency.limit + 1 : 0;
  if (surplus > 0 && concurrency?.onConflict === 'skip') {
    return { outcome: 'skip', failure: skipped(activeRuns.length, concurrency.limit) };
  }
  const usage = currentUsage(state.usage, now, tenant.timeZone);
  const error =
    findSurplusSources(plan, sources) ??
    findReached({ plan, usage, now, timeZone: tenant.timeZone });
  if (error) return { outcome: 'refuse', error };
  const { runsToday, runsThisMonth } = usage;
  return {
    outcome: 'queue',
    usage: { ...usage, runsToday: runsToday + 1, runsThisMonth: runsThisMonth + 1 },
    cancel: concurrency?.onConflict === 'cancel' ? activeRuns.slice(0, Math.max(0, surplus)) : [],
  };
}

function suspended({ tenantId }: Pick<TenantProfile, 'tenantId'>): AppError {
  return fail('tenant_suspended', `Tenant ${tenantId} is suspended and starts no runs.`, {
    hint: 'Ask the operator of the platform to resume it.',
  });
}

function skipped(active: number, limit: number): Failure {
  return {
    code: 'cancelled',
    kind: 'conflict',
    message: `Skipped: ${active} runs of the pipeline have not ended, and it allows ${limit}.`,
    hint: 'Set concurrency.on_conflict to queue to let runs wait.',
  };
}
