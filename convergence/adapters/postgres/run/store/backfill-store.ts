import { isDeepStrictEqual } from 'node:util';
import { sql } from 'kysely';
import { AppError } from 'base/error.ts';
import { fail } from '../../../../engine/error-codes.ts';
import type {
  Backfill,
  BackfillRequest,
  BackfillStore,
} from '../../../../engine/run/many/backfill-store.ts';
import { isEnded } from '../../../../engine/run/run-states.ts';
import type { Run } from '../../../../engine/run/run.ts';
import { readDefaultPlans } from '../../../../engine/tenant/plan/plan.ts';
import type { TenantScope } from '../../../../engine/tenant/tenant-scope.ts';
import { findSurplusSources } from '../../../../engine/tenant/usage/usage.ts';
import type { ControlDatabase, Db } from '../../control-database.ts';
import { toJson } from '../../to-json.ts';
import { admitRun, findByKey, idempotencyConflict, lockTenant } from '../admit-run.ts';
import { cancelRuns } from '../cancel-runs.ts';
import { ringQueue } from '../queue/doorbell.ts';
import { RUN_COLUMNS, runOf } from '../run-row.ts';
import type { RunRow } from '../run-row.ts';
import { tellFollowers } from './follow-events.ts';
import type { RunStoreDeps } from './run-store.ts';
import { isUuid } from './select-runs.ts';

/** Groups among the runs of `tenant_pipeline_runs`; they have no table of their own. */
export class PostgresBackfillStore implements BackfillStore {
  readonly #database: ControlDatabase;
  readonly #deps: RunStoreDeps;

  constructor(database: ControlDatabase, deps: RunStoreDeps) {
    this.#database = database;
    this.#deps = deps;
  }

  async startBackfill(scope: TenantScope, backfill: BackfillRequest): Promise<Backfill> {
    const started = await this.#database.withTenant(scope, async (db) => {
      await lockAdmissions(db, scope);
      return (
        (await this.#findEarlier(db, scope, backfill)) ??
        (await this.#admitAll(db, scope, backfill))
      );
    });
    await ringQueue(this.#database);
    return started;
  }

  getBackfill(scope: TenantScope, groupId: string): Promise<Backfill> {
    return this.#database.withTenant(scope, (db) => readBackfill(db, scope, groupId));
  }

  async cancelBackfill(scope: TenantScope, groupId: string, by: string): Promise<Backfill> {
    const { backfill, runIds } = await this.#database.withTenant(scope, async (db) => {
      const { runs } = await readBackfill(db, scope, groupId);
      const active = runs.filter(({ status }) => !isEnded(status)).map(({ runId }) => runId);
      await cancelRuns(db, active, by);
      return { backfill: await readBackfill(db, scope, groupId), runIds: active };
    });
    tellFollowers(this.#database, runIds);
    await ringQueue(this.#database);
    return backfill;
  }

  /** The first run of a backfill has its key. */
  async #findEarlier(db: Db, scope: TenantScope, { request, intervals }: BackfillRequest) {
    const { idempotencyKey: key, pipelineId, parameters } = request;
    if (key === undefined) return undefined;
    const first = await findByKey(db, { scope, key, now: this.#deps.clock.now() });
    if (!first) return undefined;
    const earlier = first.groupId && (await readBackfill(db, scope, first.groupId));
    const stored: unknown = JSON.parse(toJson(parameters));
    const asked = { pipelineId, parameters: stored, intervals };
    if (earlier && isDeepStrictEqual(asked, summaryOf(earlier))) return earlier;
    throw idempotencyConflict(key, first.runId);
  }

  async #admitAll(db: Db, scope: TenantScope, backfill: BackfillRequest): Promise<Backfill> {
    const { nextId, clock, readPlans = readDefaultPlans } = this.#deps;
    const { idempotencyKey, ...request } = backfill.request;
    const [groupId, now, plans] = [nextId(), clock.now(), await readPlans()];
    const { plan } = await lockTenant(db, { scope, plans });
    // What no interval can be, is no reason of many runs.
    const surplus = findSurplusSources(plan, request.sources ?? 0);
    if (surplus) throw surplus;
    const runs: Run[] = [];
    for (const interval of backfill.intervals) {
      const key = runs.length === 0 && idempotencyKey !== undefined && { idempotencyKey };
      const wanted = { ...request, ...key, groupId, interval, recordRefusal: true };
      const { run } = await admitRun(db, { scope, runId: nextId(), request: wanted, now, plans });
      if (run.failure?.code === 'tenant_suspended') throw new AppError(run.failure);
      runs.push(run);
    }
    return { groupId, runs };
  }
}

/** Two backfills with one key at the same time: the second waits here for the commit of the first. */
async function lockAdmissions(db: Db, { tenantId }: TenantScope): Promise<void> {
  await sql`SELECT FROM tenants.tenant_usage_quotas WHERE tenant_id = ${tenantId}
    FOR UPDATE`.execute(db);
}

async function readBackfill(db: Db, scope: TenantScope, groupId: string): Promise<Backfill> {
  if (!isUuid(groupId)) throw backfillAbsent(groupId);
  const { rows } = await sql<RunRow>`
    SELECT DISTINCT ON (r.interval_start) ${RUN_COLUMNS} FROM tenants.tenant_pipeline_runs r
    WHERE r.tenant_id = ${scope.tenantId} AND r.group_id = ${groupId}
    ORDER BY r.interval_start, r.run_id DESC`.execute(db);
  if (rows.length === 0) throw backfillAbsent(groupId);
  return { groupId, runs: rows.map(runOf) };
}

function summaryOf({ runs }: Backfill) {
  const { pipelineId, parameters } = runs[0] ?? {};
  return { pipelineId, parameters, intervals: runs.map(({ interval }) => interval) };
}

function backfillAbsent(groupId: string): Error {
  return fail('backfill_absent', `There is no backfill '${groupId.slice(0, 60)}'.`);
}
