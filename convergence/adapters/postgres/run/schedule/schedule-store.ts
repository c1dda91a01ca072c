import { sql } from 'kysely';
import type { Clock } from 'base/clock.ts';
import type { NextId } from 'base/id.ts';
import { fail } from '../../../../engine/error-codes.ts';
import { changedSchedules } from '../../../../engine/run/schedule/declared-schedules.ts';
import type { DeclaredSchedules } from '../../../../engine/run/schedule/declared-schedules.ts';
import type {
  DueSchedule,
  PreparedRun,
  ScheduleStore,
  SettledRun,
} from '../../../../engine/run/schedule/schedule-store.ts';
import { nextStart } from '../../../../engine/run/schedule/schedule.ts';
import type { Schedule, SettledMoment } from '../../../../engine/run/schedule/schedule.ts';
import { readDefaultPlans } from '../../../../engine/tenant/plan/plan.ts';
import type { ReadPlans } from '../../../../engine/tenant/plan/plan.ts';
import { tenantScope } from '../../../../engine/tenant/tenant-scope.ts';
import type { TenantScope } from '../../../../engine/tenant/tenant-scope.ts';
import type { ControlDatabase, Db } from '../../control-database.ts';
import { toJson } from '../../to-json.ts';
import { ringQueue } from '../queue/doorbell.ts';
import { tellFollowers } from '../store/follow-events.ts';
import { lockTenant, readSchedules, SCHEDULE_COLUMNS } from './schedule-row.ts';
import { settleNext } from './settle-next.ts';

export interface ScheduleStoreDeps {
  readonly clock: Pick<Clock, 'now'>;
  readonly nextId: NextId;
  /** Default: the default plans. */
  readonly readPlans?: ReadPlans;
}

/**
 * Schedules in `convergence.schedules`, their moments in `tenant_scheduled_pipeline_runs`. Who
 * changes a schedule holds the quota row of the tenant, as admissions do.
 */
export class PostgresScheduleStore implements ScheduleStore {
  readonly #database: ControlDatabase;
  readonly #deps: ScheduleStoreDeps;

  constructor(database: ControlDatabase, deps: ScheduleStoreDeps) {
    this.#database = database;
    this.#deps = deps;
  }

  async listStamps() {
    const { rows } = await this.#database.withOperator((db) =>
      sql<{ tenant_id: string; stamp: string | null }>`
        SELECT tenant_id, schedules_stamp AS stamp FROM tenants.tenant_profiles
        ORDER BY tenant_id`.execute(db),
    );
    return new Map(rows.map((row) => [row.tenant_id, row.stamp]));
  }

  replaceSchedules(scope: TenantScope, declared: DeclaredSchedules, stamp: string): Promise<void> {
    return this.#database.withTenant(scope, async (db) => {
      await lockTenant(db, scope);
      const now = this.#deps.clock.now();
      const known = await readSchedules(db, scope);
      const changed = changedSchedules(declared, { tenantId: scope.tenantId, known, now });
      if (changed.length > 0) await writeSchedules(db, changed);
      await sql`UPDATE tenants.tenant_profiles SET schedules_stamp = ${stamp}
        WHERE tenant_id = ${scope.tenantId}`.execute(db);
    });
  }

  listSchedules(scope: TenantScope) {
    return this.#database.withTenant(scope, async (db) => {
      const { rows } = await sql<Schedule & { last: SettledMoment | null }>`
        SELECT ${SCHEDULE_COLUMNS}, m."dueAt", m."runId", m.failure, m."missedSince"
        FROM convergence.schedules s LEFT JOIN LATERAL (
          SELECT due_at AS "dueAt", run_id AS "runId", failure, missed_since AS "missedSince"
          FROM tenants.tenant_scheduled_pipeline_runs r
          WHERE r.tenant_id = s.tenant_id AND r.pipeline_id = s.pipeline_id
          ORDER BY due_at DESC LIMIT 1) m ON true
        WHERE s.tenant_id = ${scope.tenantId} AND s.declared ORDER BY s.pipeline_id`.execute(db);
      return rows.map(withLast);
    });
  }

  setEnabled(scope: TenantScope, pipelineId: string, change: { isEnabled: boolean; by: string }) {
    return this.#database.withTenant(scope, async (db) => {
      await lockTenant(db, scope);
      const known = await readSchedules(db, scope, pipelineId);
      const schedule = known.find(({ declared }) => declared);
      if (!schedule) throw scheduleAbsent(pipelineId);
      if ((schedule.disabledAt === null) === change.isEnabled) return;
      const now = this.#deps.clock.now();
      await writeSchedules(db, [
        change.isEnabled
          ? {
              ...schedule,
              disabledAt: null,
              disabledBy: null,
              settledUntil: now,
              nextAt: nextStart(schedule, now),
            }
          : { ...schedule, disabledAt: now, disabledBy: change.by, nextAt: null },
      ]);
    });
  }

  async listDue({ limit, after }: { limit: number; after?: DueSchedule | undefined }) {
    const now = this.#deps.clock.now();
    const { rows } = await this.#database.withOperator((db) =>
      sql<DueSchedule>`
        SELECT tenant_id AS "tenantId", pipeline_id AS "pipelineId", next_at AS "nextAt"
        FROM convergence.schedules WHERE next_at <= ${now} ${
          after
            ? sql`AND (next_at, tenant_id, pipeline_id)
                > (${after.nextAt}::timestamptz, ${after.tenantId}, ${after.pipelineId})`
            : sql``
        }
        ORDER BY next_at, tenant_id, pipeline_id LIMIT ${limit}`.execute(db),
    );
    return rows;
  }

  async readNextDue() {
    const { rows } = await this.#database.withOperator((db) =>
      sql<{ nextAt: Date }>`
        SELECT next_at AS "nextAt" FROM convergence.schedules WHERE next_at IS NOT NULL
        ORDER BY next_at LIMIT 1`.execute(db),
    );
    return rows[0]?.nextAt ?? null;
  }

  async settleNext(due: DueSchedule, prepared: PreparedRun): Promise<SettledRun> {
    const scope = tenantScope(due.tenantId);
    const { clock, nextId, readPlans = readDefaultPlans } = this.#deps;
    const plans = await readPlans();
    const settling = { due, prepared, plans, now: clock.now(), runId: nextId() };
    const settled = await this.#database.withTenant(scope, (db) => settleNext(db, settling));
    if (settled.runIds.length > 0) {
      tellFollowers(this.#database, settled.runIds);
      await ringQueue(this.#database);
    }
    return settled;
  }
}

type LastRow = Schedule & { [Name in keyof SettledMoment]: SettledMoment[Name] | null };

function withLast(row: object): Schedule & { last: SettledMoment | null } {
  const { dueAt, runId, failure, missedSince, ...schedule } = row as LastRow;
  return { ...schedule, last: dueAt && { dueAt, runId, failure, missedSince } };
}

async function writeSchedules(db: Db, schedules: readonly Schedule[]): Promise<void> {
  await sql`
    INSERT INTO convergence.schedules (tenant_id, pipeline_id, cron, time_zone, missed, jitter_ms,
      declared, disabled_at, disabled_by, settled_until, next_at)
    SELECT "tenantId", "pipelineId", cron, "timeZone", missed, "jitterMs", declared, "disabledAt",
      "disabledBy", "settledUntil", "nextAt"
    FROM jsonb_to_recordset(${toJson(schedules)}::jsonb) AS g ("tenantId" text, "pipelineId" text,
      cron text, "timeZone" text, missed text, "jitterMs" integer, declared boolean,
      "disabledAt" timestamptz, "disabledBy" text, "settledUntil" timestamptz,
      "nextAt" timestamptz)
    ON CONFLICT (tenant_id, pipeline_id) DO UPDATE SET cron = excluded.cron,
      time_zone = excluded.time_zone, missed = excluded.missed, jitter_ms = excluded.jitter_ms,
      declared = excluded.declared, disabled_at = excluded.disabled_at,
      disabled_by = excluded.disabled_by, settled_until = excluded.settled_until,
      next_at = excluded.next_at`.execute(db);
}

function scheduleAbsent(pipelineId: string): Error {
  return fail('schedule_absent', `The pipeline '${pipelineId.slice(0, 100)}' has no schedule.`, {
    hint: 'Give it one in its file: schedule: { cron: "30 2 * * *", timezone: Europe/Berlin }.',
  });
}
