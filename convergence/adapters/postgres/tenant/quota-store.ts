import { sql } from 'kysely';
import type { Clock } from 'base/clock.ts';
import { fail } from '../../../engine/error-codes.ts';
import { localDay } from '../../../engine/tenant/local-day.ts';
import type { QuotaStore, TenantUsage } from '../../../engine/tenant/usage/quota-store.ts';
import type { TenantScope } from '../../../engine/tenant/tenant-scope.ts';
import { currentUsage } from '../../../engine/tenant/usage/usage.ts';
import type { UsageCounters } from '../../../engine/tenant/usage/usage.ts';
import type { ControlDatabase, Db } from '../control-database.ts';
import { USAGE_COLUMNS } from './usage-row.ts';

/** The counters of `tenant_usage_quotas`. */
export class PostgresQuotaStore implements QuotaStore {
  readonly #database: ControlDatabase;
  readonly #clock: Pick<Clock, 'now'>;

  constructor(database: ControlDatabase, deps: { clock: Pick<Clock, 'now'> }) {
    this.#database = database;
    this.#clock = deps.clock;
  }

  async readUsage({ tenantId }: TenantScope): Promise<TenantUsage> {
    const { rows } = await this.#database.withTenant({ tenantId }, (db) =>
      sql<UsageRow>`${SELECT_USAGE} WHERE u.tenant_id = ${tenantId}`.execute(db),
    );
    const [row] = rows;
    if (!row) throw fail('tenant_absent', `There is no tenant ${tenantId}.`);
    return usageOf(row, this.#clock.now());
  }

  async listUsage(): Promise<readonly TenantUsage[]> {
    const { rows } = await this.#database.withOperator((db) =>
      sql<UsageRow>`${SELECT_USAGE}`.execute(db),
    );
    const now = this.#clock.now();
    return rows.map((row) => usageOf(row, now));
  }

  async countPlans(): Promise<Readonly<Record<string, number>>> {
    const { rows } = await this.#database.withOperator((db) =>
      sql<{ plan: string; tenants: number }>`
        SELECT plan, count(*)::integer AS tenants FROM tenants.tenant_subscriptions
        GROUP BY plan`.execute(db),
    );
    return Object.fromEntries(rows.map(({ plan, tenants }) => [plan, tenants]));
  }

  resetDailyUsage(): Promise<number> {
    const now = this.#clock.now();
    return this.#database.transact(async (db) => {
      const zones = await listTimeZones(db);
      const days = Object.fromEntries(zones.map((zone) => [zone, localDay(now, zone)]));
      return await startDays(db, days);
    });
  }
}

type UsageRow = UsageCounters & Omit<TenantUsage, 'usage'>;

const SELECT_USAGE = sql`
  SELECT u.tenant_id AS "tenantId", s.plan, p.time_zone AS "timeZone", ${USAGE_COLUMNS}, u.sources, (
    SELECT count(*)::integer FROM tenants.tenant_pipeline_execution_queue q
    WHERE q.tenant_id = u.tenant_id AND q.fence IS NOT NULL) AS "runningNow"
  FROM tenants.tenant_usage_quotas u
  JOIN tenants.tenant_profiles p USING (tenant_id)
  JOIN tenants.tenant_subscriptions s USING (tenant_id)`;

function usageOf(row: UsageRow, now: Date): TenantUsage {
  const { tenantId, plan, timeZone, runningNow, sources, ...stored } = row;
  const usage = currentUsage(stored, now, timeZone);
  return { tenantId, plan, timeZone, usage, runningNow, sources };
}

async function listTimeZones(db: Db): Promise<readonly string[]> {
  const { rows } = await sql<{ zone: string }>`
    SELECT DISTINCT time_zone AS zone FROM tenants.tenant_profiles`.execute(db);
  return rows.map(({ zone }) => zone);
}

/** `currentUsage` in SQL, for all tenants at once; in the order of ids, so that two do not deadlock. */
async function startDays(db: Db, days: Readonly<Record<string, string>>): Promise<number> {
  const { rows } = await sql`
    WITH over AS MATERIALIZED (
      SELECT u.tenant_id, today::date AS today
      FROM tenants.tenant_usage_quotas u JOIN tenants.tenant_profiles p USING (tenant_id)
      JOIN jsonb_each_text(${JSON.stringify(days)}::jsonb) AS local (zone, today)
        ON local.zone = p.time_zone
      WHERE u.usage_day < today::date ORDER BY u.tenant_id FOR UPDATE OF u
    ), month AS (
      SELECT tenant_id, today, date_trunc('month', today) AS start FROM over
    )
    UPDATE tenants.tenant_usage_quotas u SET usage_day = today, runs_today = 0, rows_today = 0,
      bytes_today = 0,
      runs_this_month = CASE WHEN usage_day >= start THEN runs_this_month ELSE 0 END,
      rows_this_month = CASE WHEN usage_day >= start THEN rows_this_month ELSE 0 END,
      bytes_this_month = CASE WHEN usage_day >= start THEN bytes_this_month ELSE 0 END
    FROM month WHERE u.tenant_id = month.tenant_id RETURNING u.tenant_id`.execute(db);
  return rows.length;
}
