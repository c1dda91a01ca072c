import { sql } from 'kysely';
import type { Clock } from 'base/clock.ts';
import { fail } from '../../../engine/error-codes.ts';
import { assertSameTenant } from '../../../engine/tenant/assert-same-tenant.ts';
import { isTimeZone, localDay } from '../../../engine/tenant/local-day.ts';
import { planOf, readDefaultPlans } from '../../../engine/tenant/plan/plan.ts';
import type { ReadPlans } from '../../../engine/tenant/plan/plan.ts';
import { tenantScope } from '../../../engine/tenant/tenant-scope.ts';
import type {
  NewTenant,
  TenantFilter,
  TenantProfile,
  TenantStore,
} from '../../../engine/tenant/tenant-store.ts';
import type { ControlDatabase, Db } from '../control-database.ts';
import { ringQueue } from '../run/queue/doorbell.ts';
import { removeRows } from './offboard/remove-rows.ts';
import { stopRuns } from './stop-runs.ts';
import { writeTenantEvent } from './write-tenant-event.ts';

type Change = Parameters<TenantStore['updateTenant']>[1];
type BeforeCommit = Parameters<TenantStore['deleteTenant']>[1];

/** For everything that starts work a tenant that leaves is a suspended one. */
const STATUS = sql`CASE WHEN p.offboarding_to IS NULL THEN p.status ELSE 'offboarding' END`;

const PROFILE = sql`p.tenant_id AS "tenantId", p.display_name AS "displayName",
  ${STATUS} AS status, s.plan, p.time_zone AS "timeZone",
  p.google_service_account AS "googleServiceAccount", p.created_at AS "createdAt"`;

const PROFILES = sql`tenants.tenant_profiles p JOIN tenants.tenant_subscriptions s USING (tenant_id)`;

/** Of tenants for whom nobody chose one. */
const FIRST_PLAN = 'starter';

/** Tenants in `tenant_profiles`, `tenant_subscriptions` and `tenant_usage_quotas`. */
export class PostgresTenantStore implements TenantStore {
  readonly #database: ControlDatabase;
  readonly #clock: Pick<Clock, 'now'>;
  readonly #readPlans: ReadPlans;

  constructor(
    database: ControlDatabase,
    deps: { clock: Pick<Clock, 'now'>; readPlans?: ReadPlans },
  ) {
    this.#database = database;
    this.#clock = deps.clock;
    this.#readPlans = deps.readPlans ?? readDefaultPlans;
  }

  async createTenant(tenant: NewTenant) {
    const { tenantId } = tenantScope(tenant.tenantId);
    if (tenant.timeZone !== undefined) checkTimeZone(tenant.timeZone);
    planOf(await this.#readPlans(), tenant.plan ?? FIRST_PLAN);
    return await this.#database.transact(async (db) => {
      const created = await insertTenant(db, tenant, this.#clock.now());
      const profile = await readProfile(db, tenantId);
      if (created) await writeTenantEvent(db, tenantId, 'onboarded');
      else assertSameTenant(profile, tenant);
      return { profile, created };
    });
  }

  getTenant(tenantId: string): Promise<TenantProfile> {
    return this.#database.withOperator((db) => readProfile(db, tenantId));
  }

  async listTenants({ limit, cursor, status, plan }: TenantFilter) {
    const { rows } = await this.#database.withOperator((db) =>
      sql<TenantProfile>`SELECT ${PROFILE} FROM ${PROFILES}
        WHERE p.tenant_id > ${cursor ?? ''}
          ${status === undefined ? sql`` : sql`AND ${STATUS} = ${status}`}
          ${plan === undefined ? sql`` : sql`AND s.plan = ${plan}`}
        ORDER BY p.tenant_id LIMIT ${limit + 1}`.execute(db),
    );
    const tenants = rows.slice(0, limit);
    return { tenants, next: rows.length > limit ? (tenants.at(-1)?.tenantId ?? null) : null };
  }

  async updateTenant(tenantId: string, change: Change): Promise<TenantProfile> {
    if (change.timeZone !== undefined) checkTimeZone(change.timeZone);
    if (change.plan !== undefined) planOf(await this.#readPlans(), change.plan);
    const { displayName = null, timeZone = null, plan = null, googleServiceAccount } = change;
    return await this.#database.transact(async (db) => {
      await lockUsage(db, tenantId);
      await sql`
        UPDATE tenants.tenant_profiles SET display_name = coalesce(${displayName}, display_name),
          time_zone = coalesce(${timeZone}, time_zone)
          ${googleServiceAccount === undefined ? sql`` : sql`, google_service_account = ${googleServiceAccount}`}
        WHERE tenant_id = ${tenantId}`.execute(db);
      await sql`
        UPDATE tenants.tenant_subscriptions SET plan = ${plan}, started_at = ${this.#clock.now()}
        WHERE tenant_id = ${tenantId} AND plan <> ${plan}`.execute(db);
      return await readProfile(db, tenantId);
    });
  }

  async suspendTenant(tenantId: string, running: 'finish' | 'cancel'): Promise<TenantProfile> {
    const suspend = (db: Db) => writeStatus(db, tenantId, 'suspended');
    if (running === 'finish') await this.#database.transact(suspend);
    else await stopRuns(this.#database, tenantId, suspend);
    return await this.getTenant(tenantId);
  }

  async resumeTenant(tenantId: string): Promise<TenantProfile> {
    await this.#database.transact((db) => writeStatus(db, tenantId, 'active'));
    await ringQueue(this.#database);
    return await this.getTenant(tenantId);
  }

  async deleteTenant(tenantId: string, beforeCommit?: BeforeCommit): Promise<void> {
    await this.#database.transact(async (db) => {
      await lockUsage(db, tenantId);
      const removed = await removeRows(db, tenantId);
      await writeTenantEvent(db, tenantId, 'offboarded');
      await beforeCommit?.(removed);
    });
  }
}

/** False when there was one of that id, which stays as it is. */
async function insertTenant(db: Db, tenant: NewTenant, now: Date): Promise<boolean> {
  const { tenantId, displayName = tenantId, timeZone = 'UTC' } = tenant;
  const plan = tenant.plan ?? FIRST_PLAN;
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

async function writeStatus(
  db: Db,
  tenantId: string,
  status: 'active' | 'suspended',
): Promise<void> {
  await lockUsage(db, tenantId);
  const { status: before } = await readProfile(db, tenantId);
  if (before === status) return;
  if (before !== 'offboarding') {
    await sql`UPDATE tenants.tenant_profiles SET status = ${status}
      WHERE tenant_id = ${tenantId}`.execute(db);
    return await writeTenantEvent(db, tenantId, status === 'active' ? 'resumed' : status);
  }
  throw fail('tenant_offboarding', `Tenant ${tenantId} is being offboarded.`, {
    hint: 'Repeat its offboarding to end it; there is no way back.',
  });
}

/** Before anything else of the tenant, as admissions do. */
export async function lockUsage(db: Db, tenantId: string): Promise<void> {
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

function tenantAbsent(tenantId: string): Error {
  return fail('tenant_absent', `There is no tenant '${tenantId.slice(0, 60)}'.`);
}

function checkTimeZone(timeZone: string): void {
  if (isTimeZone(timeZone)) return;
  throw fail('request_invalid', `'${timeZone.slice(0, 60)}' is not a time zone.`, {
    hint: 'Use a name of the IANA database, such as Europe/Berlin or UTC.',
  });
}
