import { sql } from 'kysely';
import type { Clock } from 'base/clock.ts';
import { fail } from '../../../engine/error-codes.ts';
import { isTimeZone, localDay } from '../../../engine/tenant/local-day.ts';
import type { PlanName } from '../../../engine/tenant/plan.ts';
import { tenantScope } from '../../../engine/tenant/tenant-scope.ts';
import type { NewTenant, TenantProfile, TenantStore } from '../../../engine/tenant/tenant-store.ts';
import type { ControlDatabase, Db } from '../control-database.ts';

type Change = Parameters<TenantStore['updateTenant']>[1];

const PROFILE = sql`p.tenant_id AS "tenantId", p.display_name AS "displayName", p.status, s.plan,
  p.time_zone AS "timeZone", p.created_at AS "createdAt"`;

const PROFILES = sql`tenants.tenant_profiles p JOIN tenants.tenant_subscriptions s USING (tenant_id)`;

/** Filled by workers without a foreign key; the other tables follow the profile by themselves. */
const TABLES_OF_RUNS = [
  'convergence.run_events',
  'tenants.tenant_step_logs',
  'tenants.tenant_dq_results',
];

/** Tenants in `tenant_profiles`, `tenant_subscriptions` and `tenant_usage_quotas`. */
export class PostgresTenantStore implements TenantStore {
  readonly #database: ControlDatabase;
  readonly #clock: Pick<Clock, 'now'>;

  constructor(database: ControlDatabase, deps: { clock: Pick<Clock, 'now'> }) {
    this.#database = database;
    this.#clock = deps.clock;
  }

  async createTenant(tenant: NewTenant) {
    const { tenantId } = tenantScope(tenant.tenantId);
    if (tenant.timeZone !== undefined) checkTimeZone(tenant.timeZone);
    return await this.#database.transact(async (db) => {
      const created = await insertTenant(db, tenant, this.#clock.now());
      const profile = await readProfile(db, tenantId);
      if (!created) refuseDifference(profile, tenant);
      return { profile, created };
    });
  }

  getTenant(tenantId: string): Promise<TenantProfile> {
    return this.#database.withOperator((db) => readProfile(db, tenantId));
  }

  async listTenants({ limit, cursor }: { limit: number; cursor?: string }) {
    const { rows } = await this.#database.withOperator((db) =>
      sql<TenantProfile>`SELECT ${PROFILE} FROM ${PROFILES}
        WHERE p.tenant_id > ${cursor ?? ''} ORDER BY p.tenant_id LIMIT ${limit + 1}`.execute(db),
    );
    const tenants = rows.slice(0, limit);
    return { tenants, next: rows.length > limit ? (tenants.at(-1)?.tenantId ?? null) : null };
  }

  async updateTenant(tenantId: string, change: Change): Promise<TenantProfile> {
    if (change.timeZone !== undefined) checkTimeZone(change.timeZone);
    const { displayName = null, status = null, timeZone = null, plan = null } = change;
    return await this.#database.transact(async (db) => {
      await lockUsage(db, tenantId);
      await sql`
        UPDATE tenants.tenant_profiles SET display_name = coalesce(${displayName}, display_name),
          status = coalesce(${status}, status), time_zone = coalesce(${timeZone}, time_zone)
        WHERE tenant_id = ${tenantId}`.execute(db);
      await sql`
        UPDATE tenants.tenant_subscriptions SET plan = ${plan}, started_at = ${this.#clock.now()}
        WHERE tenant_id = ${tenantId} AND plan <> ${plan}`.execute(db);
      return await readProfile(db, tenantId);
    });
  }

  async deleteTenant(tenantId: string): Promise<void> {
    await this.#database.transact(async (db) => {
      await lockUsage(db, tenantId);
      // Queue first: workers write only while they can lock a row of it.
      await sql`DELETE FROM tenants.tenant_pipeline_execution_queue
        WHERE tenant_id = ${tenantId}`.execute(db);
      for (const table of TABLES_OF_RUNS) {
        await sql`DELETE FROM ${sql.table(table)} WHERE run_id IN (
          SELECT run_id FROM tenants.tenant_pipeline_runs WHERE tenant_id = ${tenantId})`.execute(
          db,
        );
      }
      await sql`DELETE FROM tenants.tenant_profiles WHERE tenant_id = ${tenantId}`.execute(db);
    });
  }
}

/** False when there was one of that id, which stays as it is. */
async function insertTenant(db: Db, tenant: NewTenant, now: Date): Promise<boolean> {
  const { tenantId, displayName = tenantId, timeZone = 'UTC' } = tenant;
  const plan: PlanName = tenant.plan ?? 'starter';
  const { rows } = await sql`
    WITH profile AS (
      INSERT INTO tenants.tenant_profiles (tenant_id, display_name, time_zone, created_at)
      VALUES (${tenantId}, ${displayName}, ${timeZone}, ${now})
      ON CONFLICT DO NOTHING RETURNING tenant_id
    ), subscription AS (
      INSERT INTO tenants.tenant_subscriptions (tenant_id, plan, started_at)
      SELECT tenant_id, ${plan}, ${now}::timestamptz FROM profile
    )
    INSERT INTO tenants.tenant_usage_quotas (tenant_id, usage_day)
    SELECT tenant_id, ${localDay(now, timeZone)}::date FROM profile
    RETURNING tenant_id`.execute(db);
  return rows.length > 0;
}

/** Before anything else of the tenant, as admissions do. */
async function lockUsage(db: Db, tenantId: string): Promise<void> {
  const { rows } = await sql`SELECT FROM tenants.tenant_usage_quotas
    WHERE tenant_id = ${tenantId} FOR UPDATE`.execute(db);
  if (rows.length === 0) throw tenantAbsent(tenantId);
}

async function readProfile(db: Db, tenantId: string): Promise<TenantProfile> {
  const { rows } = await sql<TenantProfile>`
    SELECT ${PROFILE} FROM ${PROFILES} WHERE p.tenant_id = ${tenantId}`.execute(db);
  const [row] = rows;
  if (!row) throw tenantAbsent(tenantId);
  return row;
}

function refuseDifference(profile: TenantProfile, wanted: NewTenant): void {
  for (const name of ['displayName', 'plan', 'timeZone'] as const) {
    if (wanted[name] === undefined || wanted[name] === profile[name]) continue;
    const message = `Tenant ${profile.tenantId} exists with ${name} '${profile[name]}', not '${wanted[name]}'.`;
    throw fail('tenant_exists', message, { hint: 'Change the tenant, or take another id.' });
  }
}

function tenantAbsent(tenantId: string): Error {
  return fail('tenant_absent', `There is no tenant '${tenantId.slice(0, 60)}'.`);
}

function checkTimeZone(timeZone: string): void {
  if (isTimeZone(timeZone)) return;
  throw fail('request_invalid', `'${timeZone.slice(0, 60)}' is not a time zone.`, {
    hint: 'Use a name of the IANA database, such as Europe/Berlin or UTC.',
  });
}
