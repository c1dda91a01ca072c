import { sql } from 'kysely';
import { fail } from '../../../../engine/error-codes.ts';
import type { Schedule } from '../../../../engine/run/schedule/schedule.ts';
import type { TenantScope } from '../../../../engine/tenant/tenant-scope.ts';
import type { Db } from '../../control-database.ts';

export const SCHEDULE_COLUMNS = sql`s.tenant_id AS "tenantId", s.pipeline_id AS "pipelineId", s.cron,
  s.time_zone AS "timeZone", s.missed, s.jitter_ms AS "jitterMs", s.declared,
  s.disabled_at AS "disabledAt", s.disabled_by AS "disabledBy", s.settled_until AS "settledUntil",
  s.next_at AS "nextAt"`;

/** All schedules of a tenant, or that of one pipeline; also those that are not declared any more. */
export async function readSchedules(
  db: Db,
  { tenantId }: TenantScope,
  pipelineId?: string,
): Promise<readonly Schedule[]> {
  const { rows } = await sql<Schedule>`
    SELECT ${SCHEDULE_COLUMNS} FROM convergence.schedules s WHERE s.tenant_id = ${tenantId}
      ${pipelineId === undefined ? sql`` : sql`AND s.pipeline_id = ${pipelineId}`}`.execute(db);
  return rows;
}

/** As `lockTenant`; false when somebody else holds it, or there is no such tenant. */
export async function tryLockTenant(db: Db, { tenantId }: TenantScope): Promise<boolean> {
  const { rows } = await sql`SELECT FROM tenants.tenant_usage_quotas
    WHERE tenant_id = ${tenantId} FOR UPDATE SKIP LOCKED`.execute(db);
  return rows.length > 0;
}

/** Before anything else of the tenant, as admissions do. */
export async function lockTenant(db: Db, { tenantId }: TenantScope): Promise<void> {
  const { rows } = await sql`SELECT FROM tenants.tenant_usage_quotas
    WHERE tenant_id = ${tenantId} FOR UPDATE`.execute(db);
  if (rows.length === 0) throw fail('tenant_absent', `There is no tenant ${tenantId}.`);
}
