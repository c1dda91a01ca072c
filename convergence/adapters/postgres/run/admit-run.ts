import { sql } from 'kysely';
import { idAfter } from 'base/id.ts';
import type { RawBuilder } from 'kysely';
import { isDeepStrictEqual } from 'node:util';
import { fail } from '../../../engine/error-codes.ts';
import { PRIORITIES } from '../../../engine/pipeline/spec/queue-spec.ts';
import { decideAdmission } from '../../../engine/run/admit.ts';
import type { Admission, AdmissionState } from '../../../engine/run/admit.ts';
import { failureOf } from '../../../engine/run/execute/failure.ts';
import { runStateEvent } from '../../../engine/run/run-states.ts';
import { currentTrace, formatTraceparent } from '../../../engine/run/trace/trace-context.ts';
import type { RunRequest } from '../../../engine/run/run-store.ts';
import type { Failure, Run, RunStatus } from '../../../engine/run/run.ts';
import { planOf } from '../../../engine/tenant/plan/plan.ts';
import type { Plans } from '../../../engine/tenant/plan/plan.ts';
import type { TenantProfile } from '../../../engine/tenant/tenant-store.ts';
import type { TenantScope } from '../../../engine/tenant/tenant-scope.ts';
import type { UsageCounters } from '../../../engine/tenant/usage/usage.ts';
import type { Db } from '../control-database.ts';
import { setUsage, USAGE_COLUMNS } from '../tenant/usage-row.ts';
import { cancelRuns } from './cancel-runs.ts';
import { RUN_COLUMNS, runOf } from './run-row.ts';
import type { RunRow } from './run-row.ts';
import { toJson } from '../to-json.ts';

export interface NewRun {
  readonly scope: TenantScope;
  readonly runId: string;
  readonly request: RunRequest;
  readonly now: Date;
  readonly plans: Plans;
}

/** A new run, or the earlier one of the same idempotency key; and the runs that gave way to it. */
export interface AdmittedRun {
  readonly run: Run;
  readonly cancelled: readonly string[];
}

const IDEMPOTENCY_MS = 24 * 3_600_000;

/**
 * In the transaction of the tenant: other admissions of the tenant wait until its commit, so its runs
 * are numbered in the order of their admission.
 */
export async function admitRun(db: Db, asked: NewRun): Promise<AdmittedRun> {
  const { newestRunId, ...tenant } = await lockTenant(db, asked);
  const fresh = { ...asked, runId: idAfter(newestRunId, asked.runId) };
  const earlier = await findEarlier(db, fresh);
  if (earlier) return { run: earlier, cancelled: [] };
  const activeRuns = await listActiveRuns(db, fresh);
  const admission = decideAdmission({ ...tenant, activeRuns }, fresh.request, fresh.now);
  if (admission.outcome === 'refuse' && !fresh.request.recordRefusal) throw admission.error;
  if (admission.outcome !== 'queue') {
    return { run: await insertEnded(db, fresh, endingOf(admission)), cancelled: [] };
  }
  if (admission.cancel.length > 0) await cancelRuns(db, admission.cancel, 'a newer run');
  const run = await insertQueued(db, fresh, admission.usage);
  return { run, cancelled: admission.cancel };
}

/** Records a run that cannot even be admitted: why is known before. */
export async function refuseRun(db: Db, asked: NewRun, failure: Failure): Promise<Run> {
  const { newestRunId } = await lockTenant(db, asked);
  const fresh = { ...asked, runId: idAfter(newestRunId, asked.runId) };
  return await insertEnded(db, fresh, { status: 'FAILED', failure });
}

interface LockedTenant extends Omit<AdmissionState, 'activeRuns'> {
  readonly newestRunId: string | null;
}

/** Until the commit nobody else counts anything of the tenant. @throws tenant_absent, plan_unknown */
export async function lockTenant(
  db: Db,
  { scope: { tenantId }, plans }: Pick<NewRun, 'scope' | 'plans'>,
): Promise<LockedTenant> {
  type Row = UsageCounters &
    Pick<TenantProfile, 'status' | 'timeZone'> & { plan: string; newestRunId: string | null };
  const { rows } = await sql<Row>`
    SELECT p.status, p.time_zone AS "timeZone", s.plan, u.newest_run_id AS "newestRunId",
      ${USAGE_COLUMNS}
    FROM tenants.tenant_usage_quotas u
    JOIN tenants.tenant_profiles p USING (tenant_id)
    JOIN tenants.tenant_subscriptions s USING (tenant_id)
    WHERE u.tenant_id = ${tenantId} FOR UPDATE OF u`.execute(db);
  const [row] = rows;
  if (!row) throw fail('tenant_absent', `There is no tenant ${tenantId}.`);
  const { status, timeZone, plan, newestRunId, ...usage } = row;
  const tenant = { tenantId, status, timeZone };
  return { tenant, plan: planOf(plans, plan), usage, newestRunId };
}

async function findEarlier(db: Db, { scope, request, now }: NewRun): Promise<Run | undefined> {
  const { idempotencyKey: key } = request;
  if (key === undefined) return undefined;
  const run = await findByKey(db, { scope, key, now });
  if (!run) return undefined;
  const same =
    run.pipelineId === request.pipelineId &&
    run.restartOf === (request.restartOf ?? null) &&
    run.replayOf === (request.replayOf ?? null) &&
    run.groupId === (request.groupId ?? null) &&
    isDeepStrictEqual(run.parameters, JSON.parse(toJson(request.parameters)));
  if (same) return run;
  throw idempotencyConflict(key, run.runId);
}

/** The newest run that was asked for under a key within the last day. */
export async function findByKey(
  db: Db,
  { scope, key, now }: { scope: TenantScope; key: string; now: Date },
): Promise<Run | undefined> {
  const since = new Date(now.getTime() - IDEMPOTENCY_MS);
  const { rows } = await sql<RunRow>`
    SELECT ${RUN_COLUMNS} FROM tenants.tenant_pipeline_runs r
    WHERE r.tenant_id = ${scope.tenantId} AND r.idempotency_key = ${key}
      AND r.created_at > ${since} ORDER BY r.run_id DESC LIMIT 1`.execute(db);
  return rows[0] && runOf(rows[0]);
}

export function idempotencyConflict(key: string, runId: string): Error {
  return fail(
    'idempotency_conflict',
    `The key '${key}' was used for run ${runId}, which differs.`,
    {
      hint: 'Send a new Idempotency-Key, or exactly the earlier pipeline and parameters.',
      details: { runId },
    },
  );
}

/** Runs of backfills wait for their turn, so they neither give way nor make others skip. */
async function listActiveRuns(db: Db, { scope, request }: NewRun): Promise<readonly string[]> {
  const { pipelineId, concurrency } = request;
  if (!concurrency || concurrency.onConflict === 'queue') return [];
  const { rows } = await sql<{ run_id: string }>`
    SELECT run_id FROM tenants.tenant_pipeline_execution_queue
    JOIN tenants.tenant_pipeline_runs r USING (run_id)
    WHERE r.tenant_id = ${scope.tenantId} AND r.pipeline_id = ${pipelineId}
      AND r.group_id IS NULL AND cancel_requested_at IS NULL ORDER BY run_id`.execute(db);
  return rows.map((row) => row.run_id);
}

/** A run that has ended before it began. */
interface Ending {
  readonly status: RunStatus;
  readonly failure: Failure;
}

function endingOf(admission: Exclude<Admission, { outcome: 'queue' }>): Ending {
  return admission.outcome === 'skip'
    ? { status: 'CANCELLED', failure: admission.failure }
    : { status: 'FAILED', failure: failureOf(admission.error, []) };
}

async function insertEnded(db: Db, fresh: NewRun, ending: Ending): Promise<Run> {
  const event = toJson(runStateEvent(ending.status, ending.failure));
  const { rows } = await sql<RunRow>`
    WITH usage AS (
      UPDATE tenants.tenant_usage_quotas SET newest_run_id = ${fresh.runId}
      WHERE tenant_id = ${fresh.scope.tenantId}
    ), r AS (${insertRun(fresh, ending)}), event AS (${insertEvent(event)})
    SELECT ${RUN_COLUMNS} FROM r`.execute(db);
  return onlyRun(rows);
}

async function insertQueued(db: Db, fresh: NewRun, usage: UsageCounters): Promise<Run> {
  const { concurrency, pipelineId, sources = null } = fresh.request;
  const { rows } = await sql<RunRow>`
    WITH usage AS (
      UPDATE tenants.tenant_usage_quotas SET ${setUsage(usage)},
        sources = coalesce(${sources}::integer, sources), newest_run_id = ${fresh.runId}
      WHERE tenant_id = ${fresh.scope.tenantId}
    ), r AS (${insertRun(fresh, null)}), queued AS (
      INSERT INTO tenants.tenant_pipeline_execution_queue (run_id, tenant_id, lane, lane_limit, queue,
        priority)
      SELECT run_id, tenant_id, ${concurrency ? pipelineId : ''}, ${concurrency?.limit ?? null}::integer,
        queue, priority FROM r
    ), event AS (${insertEvent(toJson(runStateEvent('PENDING')))})
    SELECT ${RUN_COLUMNS} FROM r`.execute(db);
  return onlyRun(rows);
}

function insertRun(fresh: NewRun, ending: Ending | null): RawBuilder<unknown> {
  const { scope, runId, request, now } = fresh;
  const restartOf = request.restartOf ?? null;
  const trace = currentTrace();
  return sql`INSERT INTO tenants.tenant_pipeline_runs (run_id, tenant_id, pipeline_id, status,
      trigger_by, parameters, queue, priority, root_run_id, restart_of, concurrency,
      idempotency_key, created_at, finished_at, failure, replay_of, group_id, interval_start, interval_end,
      trace_context)
    VALUES (${runId}, ${scope.tenantId}, ${request.pipelineId}, ${ending?.status ?? 'PENDING'},
      ${request.triggerBy}, ${toJson(request.parameters)}::jsonb, ${request.queue ?? 'pipeline'},
      ${PRIORITIES.indexOf(request.priority ?? 'normal')}, (SELECT coalesce(p.root_run_id, p.run_id) FROM tenants.tenant_pipeline_runs p
        WHERE p.run_id = ${restartOf}::uuid), ${restartOf}::uuid, ${jsonOrNull(request.concurrency)}::jsonb,
      ${request.idempotencyKey ?? null}, ${now}, ${ending ? now : null}::timestamptz,
      ${jsonOrNull(ending?.failure)}::jsonb, ${request.replayOf ?? null}::uuid, ${request.groupId ?? null}::uuid,
      ${request.interval?.start ?? null}::date, ${request.interval?.end ?? null}::date,
      ${trace ? formatTraceparent(trace) : null})
    RETURNING *`;
}

function insertEvent(event: string): RawBuilder<unknown> {
  return sql`INSERT INTO convergence.run_events (run_id, tenant_id, kind, level, message, detail)
    SELECT run_id, tenant_id, e->>'kind', e->>'level', e->>'message', e->'detail'
    FROM r, (SELECT ${event}::jsonb AS e) given`;
}

function jsonOrNull(value: unknown): string | null {
  return value ? toJson(value) : null;
}

function onlyRun(rows: readonly RunRow[]): Run {
  const [row] = rows;
  if (!row) throw new Error('INSERT gave no row.');
  return runOf(row);
}
