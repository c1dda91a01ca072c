import type { Clock } from 'base/clock.ts';
import { planOf } from './plan.ts';
import type { Plans, WorkLimits } from './plan.ts';
import type { TenantScope } from '../tenant-scope.ts';
import type { TenantStore } from '../tenant-store.ts';

/** A step asks some ten times; a new plan counts for what begins after this. */
const KEEP_MS = 10_000;

interface LimitsDeps {
  readonly tenants: Pick<TenantStore, 'getTenant'>;
  readonly readPlans: () => Plans | Promise<Plans>;
  readonly clock: Pick<Clock, 'now'>;
}

/** What the plan of a tenant lets its work take, read anew every ten seconds. */
export function createTenantLimits({ tenants, readPlans, clock }: LimitsDeps) {
  const known = new Map<string, { readonly limits: WorkLimits; readonly untilMs: number }>();
  return async ({ tenantId }: TenantScope): Promise<WorkLimits> => {
    const nowMs = clock.now().getTime();
    const kept = known.get(tenantId);
    if (kept && nowMs < kept.untilMs) return kept.limits;
    const { plan } = await tenants.getTenant(tenantId);
    const limits = planOf(await readPlans(), plan);
    known.set(tenantId, { limits, untilMs: nowMs + KEEP_MS });
    return limits;
  };
}
