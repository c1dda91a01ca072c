import type { Plan } from '../../../../engine/tenant/plan/plan.ts';
import type { TenantUsage } from '../../../../engine/tenant/usage/quota-store.ts';
import { limitsOf, pageOfRanked, rankUsage } from '../../../../engine/tenant/usage/rank-usage.ts';
import type { LimitUse } from '../../../../engine/tenant/usage/usage.ts';
import { scopeOf } from '../../access.ts';
import type { Api } from '../../api.ts';
import type { ApiDeps } from '../../api-deps.ts';
import { pageQuery } from '../../contract/page.ts';
import { planListAnswer, usageAnswer, usageListAnswer } from '../../contract/tenant/usage.ts';
import type { PlanAnswer, UsageAnswer } from '../../contract/tenant/usage.ts';

type UsageDeps = Pick<ApiDeps, 'quotas' | 'plans' | 'clock'>;

const tags = ['usage'];

export function addUsageRoutes(api: Api, deps: UsageDeps): void {
  addOwnRoute(api, deps);
  addOperatorRoutes(api, deps);
}

function addOwnRoute(api: Api, { quotas, plans, clock }: UsageDeps): void {
  const summary = 'What the tenant has used of each limit of its plan.';
  const schema = { tags, summary, response: { 200: usageAnswer } };
  const config = { access: 'read' } as const;
  api.get('/api/v1/tenants/me/usage', { config, schema }, async (request) => {
    const tenant = await quotas.readUsage(scopeOf(request));
    return presentUsage(tenant, limitsOf(tenant, await plans.read(), clock.now()));
  });
}

function addOperatorRoutes(api: Api, { quotas, plans, clock }: UsageDeps): void {
  const config = { access: 'admin' } as const;
  const usage = {
    tags,
    summary: 'What all tenants have used, those nearest to a limit first.',
    querystring: pageQuery,
    response: { 200: usageListAnswer },
  };
  api.get('/api/v1/admin/usage', { config, schema: usage }, async ({ query }) => {
    const tenants = await quotas.listUsage();
    const ranked = rankUsage(tenants, await plans.read(), clock.now());
    const { page, next } = pageOfRanked(ranked, query);
    return {
      tenants: page.map(({ tenant, limits, nearness }) => ({
        ...presentUsage(tenant, limits),
        nearness,
      })),
      next_cursor: next,
    };
  });

  const listing = { tags, summary: 'The plans in force.', response: { 200: planListAnswer } };
  api.get('/api/v1/admin/plans', { config, schema: listing }, async () => {
    const counts = await quotas.countPlans();
    const named = Object.entries(await plans.read());
    return {
      plans: named.map(([name, plan]) => presentPlan(name, plan, counts[name] ?? 0)),
      problem: plans.problem,
    };
  });
}

function presentUsage(tenant: TenantUsage, limits: readonly LimitUse[]): UsageAnswer {
  return {
    tenant_id: tenant.tenantId,
    plan: tenant.plan,
    time_zone: tenant.timeZone,
    limits: limits.map(({ resetsAt, ...limit }) => ({
      ...limit,
      resets_at: resetsAt?.toISOString() ?? null,
    })),
  };
}

function presentPlan(name: string, plan: Plan, tenants: number): PlanAnswer {
  return {
    name,
    tenants,
    limits: {
      runs_per_day: plan.runsPerDay,
      runs_per_month: plan.runsPerMonth,
      concurrent_runs: plan.concurrentRuns,
      rows_per_day: plan.rowsPerDay,
      rows_per_month: plan.rowsPerMonth,
      bytes_per_day: plan.bytesPerDay,
      bytes_per_month: plan.bytesPerMonth,
      sources: plan.sources,
      max_memory_bytes: plan.maxMemoryBytes,
      max_temp_bytes: plan.maxTempBytes,
      max_query_seconds: plan.maxQuerySeconds,
      max_result_rows: plan.maxResultRows,
    },
  };
}
