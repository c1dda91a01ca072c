import { DEFAULT_PLANS } from '../../../../engine/tenant/plan.ts';
import type { TenantUsage } from '../../../../engine/tenant/quota-store.ts';
import { limitUses } from '../../../../engine/tenant/usage.ts';
import { scopeOf } from '../../access.ts';
import type { Api } from '../../api.ts';
import type { ApiDeps } from '../../api-deps.ts';
import { usageAnswer } from '../../contract/tenant/usage.ts';
import type { UsageAnswer } from '../../contract/tenant/usage.ts';

type UsageDeps = Pick<ApiDeps, 'quotas' | 'clock'>;

const tags = ['usage'];

export function addUsageRoutes(api: Api, { quotas, clock }: UsageDeps): void {
  const summary = 'What the tenant has used of each limit of its plan.';
  const own = { tags, summary, response: { 200: usageAnswer } };
  const config = { access: 'read' } as const;
  api.get('/api/v1/tenants/me/usage', { config, schema: own }, async (request) =>
    presentUsage(await quotas.readUsage(scopeOf(request)), clock.now()),
  );
}

function presentUsage(tenant: TenantUsage, now: Date): UsageAnswer {
  const { usage, timeZone } = tenant;
  const limits = limitUses({ plan: DEFAULT_PLANS[tenant.plan], usage, now, timeZone }, tenant);
  return {
    tenant_id: tenant.tenantId,
    plan: tenant.plan,
    time_zone: timeZone,
    limits: limits.map(({ resetsAt, ...limit }) => ({
      ...limit,
      resets_at: resetsAt?.toISOString() ?? null,
    })),
  };
}
