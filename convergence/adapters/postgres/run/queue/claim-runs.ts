import { sql } from 'kysely';
import { DEFAULT_PLANS } from '../../../../engine/tenant/plan.ts';
import { runStateEvent } from '../../../../engine/run/run-states.ts';
import type { Claim, ClaimOptions } from '../../../../engine/run/run-queue.ts';
import type { Db } from '../../control-database.ts';
import { readClaims } from './read-claims.ts';
import type { ClaimedRow } from './read-claims.ts';
import { RUN_COLUMNS } from '../run-row.ts';

/** Any number: who claims holds this lock until the commit. */
const LOCK_ID = 7_206_114;

const CONCURRENT_RUNS = JSON.stringify(
  Object.fromEntries(
    Object.entries(DEFAULT_PLANS).map(([name, plan]) => [name, plan.concurrentRuns]),
  ),
);

/**
 * Takes waiting runs, one claimer at a time, in one transaction: what runs already is then counted
 * exactly, for the plans of tenants and the limits of pipelines.
 */
export async function claimRuns(
  db: Db,
  worker: string,
  options: ClaimOptions,
): Promise<{ claims: readonly Claim[]; someCancelled: boolean }> {
  await sql`SELECT pg_advisory_xact_lock(${LOCK_ID})`.execute(db);
  const { rows } = await takeRuns(db, worker, options);
  return {
    claims: await readClaims(db, rows),
    someCancelled: rows.some((row) => row.cancelled),
  };
}

/**
 * The heads of all lanes (see the migration) are found by skipping through the index of waiting
 * runs, so that ten thousand runs of one lane cost no more than one. Each lane then offers as many
 * as it has places, at most its share: twice what fills the batch when all lanes give theirs.
 */
function takeRuns(db: Db, worker: string, options: ClaimOptions) {
  const { limit, leaseMs } = options;
  const event = JSON.stringify(runStateEvent('RUNNING'));
  return sql<ClaimedRow>`
    WITH RECURSIVE lane AS (
      (SELECT tenant_id, lane, lane_limit FROM tenants.tenant_pipeline_execution_queue
        WHERE fence IS NULL ORDER BY tenant_id, lane, turn, run_id LIMIT 1)
      UNION ALL
      SELECT head.* FROM lane, LATERAL (
        SELECT q.tenant_id, q.lane, q.lane_limit FROM tenants.tenant_pipeline_execution_queue q
        WHERE q.fence IS NULL AND (q.tenant_id, q.lane) > (lane.tenant_id, lane.lane)
        ORDER BY q.tenant_id, q.lane, q.turn, q.run_id LIMIT 1) head
    ), tenant_lane AS MATERIALIZED (
      SELECT tenant_id, lane, lane_limit, (${CONCURRENT_RUNS}::jsonb->>s.plan)::integer - (
        SELECT count(*) FROM tenants.tenant_pipeline_execution_queue q
        WHERE q.tenant_id = lane.tenant_id AND q.fence IS NOT NULL) AS places
      FROM lane, LATERAL (SELECT plan FROM tenants.tenant_profiles
        JOIN tenants.tenant_subscriptions s USING (tenant_id)
        WHERE tenant_id = lane.tenant_id AND status = 'active' LIMIT 1) s
    ), free_lane AS MATERIALIZED (
      SELECT tenant_id, lane, places, least(places, ceil(2.0 * ${limit} / count(*) OVER ()),
        lane_limit - (SELECT count(*) FROM tenants.tenant_pipeline_execution_queue q
          WHERE q.tenant_id = t.tenant_id AND q.lane = t.lane AND q.fence IS NOT NULL)) AS size
      FROM tenant_lane t
    ), candidate AS (
      SELECT head.*, f.places, row_number() OVER (PARTITION BY f.tenant_id ORDER BY turn, run_id) AS nr
      FROM free_lane f, LATERAL (
        SELECT q.run_id, q.turn FROM tenants.tenant_pipeline_execution_queue q
        WHERE q.fence IS NULL AND q.tenant_id = f.tenant_id AND q.lane = f.lane
        ORDER BY q.turn, q.run_id LIMIT f.size) head
      WHERE f.size > 0
    ), chosen AS (
      SELECT run_id FROM candidate WHERE places IS NULL OR nr <= places
      ORDER BY turn, run_id LIMIT ${limit}
    ), locked AS MATERIALIZED (
      SELECT q.run_id FROM tenants.tenant_pipeline_execution_queue q
      WHERE q.run_id IN (SELECT run_id FROM chosen) AND q.fence IS NULL
      FOR UPDATE SKIP LOCKED
    ), claimed AS (
      UPDATE tenants.tenant_pipeline_execution_queue q SET fence = nextval('convergence.fence'),
        claimed_by = ${worker}, lease_until = now() + ${leaseMs} * interval '1 millisecond'
      FROM locked WHERE q.run_id = locked.run_id
      RETURNING q.run_id, q.fence, q.turn, q.cancel_requested_at IS NOT NULL AS cancelled
    ), run AS (
      UPDATE tenants.tenant_pipeline_runs r SET status = 'RUNNING', attempt = r.attempt + 1,
        started_at = coalesce(r.started_at, now())
      FROM claimed WHERE r.run_id = claimed.run_id
      RETURNING ${RUN_COLUMNS}, r.root_run_id, claimed.fence::text, claimed.turn, claimed.cancelled
    ), event AS (
      INSERT INTO convergence.run_events (run_id, tenant_id, kind, level, message, detail)
      SELECT run_id, tenant_id, e->>'kind', e->>'level', e->>'message',
        e->'detail' || jsonb_build_object('attempt', attempt)
      FROM run, (SELECT ${event}::jsonb AS e) given
    ), served AS (
      SELECT setval('convergence.turn', greatest((SELECT max(turn) FROM claimed),
        (SELECT last_value FROM convergence.turn)))
    )
    SELECT run.* FROM run, served ORDER BY run.turn, run.run_id`.execute(db);
}
