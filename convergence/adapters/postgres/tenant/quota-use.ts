import { sql } from 'kysely';
import { DEFAULT_PLANS } from '../../../engine/tenant/plan.ts';
import type { PlanName } from '../../../engine/tenant/plan.ts';
import { countQuotaUse, currentUsage } from '../../../engine/tenant/usage.ts';
import type { QuotaUse, UsageCounters } from '../../../engine/tenant/usage.ts';
import type { ControlDatabase } from '../control-database.ts';
import { USAGE_COLUMNS } from './usage-row.ts';

type UsageRow = UsageCounters & { readonly plan: PlanName; readonly timeZone: string };

/** Over all tenants. */
export async function readQuotaUse(
  database: ControlDatabase,
  now: Date,
): Promise<readonly QuotaUse[]> {
  const { rows } = await database.withOperator((db) =>
    sql<UsageRow>`
      SELECT s.plan, p.time_zone AS "timeZone", ${USAGE_COLUMNS}
      FROM tenants.tenant_usage_quotas u
      JOIN tenants.tenant_profiles p USING (tenant_id)
      JOIN tenants.tenant_subscriptions s USING (tenant_id)`.execute(db),
  );
  const tenants = rows.map(({ plan, timeZone, ...stored }) => ({
    plan: DEFAULT_PLANS[plan],
    usage: currentUsage(stored, now, timeZone),
  }));
  return countQuotaUse(tenants);
}
