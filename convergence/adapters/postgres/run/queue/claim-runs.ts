import { sql } from 'kysely';
import type { RawBuilder } from 'kysely';
import { QUEUES } from '../../../../engine/pipeline/spec/queue-spec.ts';
import type { Plans } from '../../../../engine/tenant/plan/plan.ts';
import { runStateEvent } from '../../../../engine/run/run-states.ts';
import type { Claim, ClaimOptions } from '../../../../engine/run/run-queue.ts';
import type { Db } from '../../control-database.ts';
import { readClaims } from './read-claims.ts';
import type { ClaimedRow } from './read-claims.ts';
import { RUN_COLUMNS } from '../run-row.ts';

/** Any number: who claims holds this lock until the commit. */
const LOCK_ID = 7_206_114;

export interface ClaimWithin extends ClaimOptions {
  readonly plans: Plans;
}

/**
 * Takes waiting runs, one claimer at a time, in one transaction: what runs already is then counted
 * exactly, for the plans of tenants and the limits of pipelines.
 */
export async function claimRuns(
  db: Db,
  worker: string,
  options: ClaimWithin,
): Promise<{ claims: readonly Claim[]; someCancelled: boolean }> {
  await lockClaims(db);
  const rows: TakenRow[] = [];
  for (let more = true; more;) {
    const limit = options.limit - rows.length;
    const taken = await takeRuns(db, worker, { ...options, limit });
    rows.push(...taken);
    more = rows.length < options.limit && taken.some((row) => row.held_back);
  }
  return {
    claims: await readClaims(db, rows),
    someCancelled: rows.some((row) => row.cancelled),
  };
}

/** Until the commit nobody else claims. */
export async function lockClaims(db: Db): Promise<void> {
  await sql`SELECT pg_advisory_xact_lock(${LOCK_ID})`.execute(db);
}

interface TakenRow extends ClaimedRow {
  /** A tenant may have offered fewer runs than it has. */
  readonly held_back: boolean;
}

async function takeRuns(db: Db, worker: string, options: ClaimWithin): Promise<TakenRow[]> {
  const event = JSON.stringify(runStateEvent('RUNNING'));
  const { rows } = await sql<TakenRow>`
    WITH RECURSIVE ${lanesWithPlaces(options)}, ${runsInTurn(options)}, locked AS MATERIALIZED (
      SELECT q.run_id, chosen.turn, chosen.rank
      FROM chosen JOIN tenants.tenant_pipeline_execution_queue q USING (run_id)
      WHERE q.fence IS NULL FOR UPDATE OF q SKIP LOCKED
    ), claimed AS (
      UPDATE tenants.tenant_pipeline_execution_queue q SET fence = nextval('convergence.fence'),
        claimed_by = ${worker}, lease_until = now() + ${options.leaseMs} * interval '1 millisecond'
      FROM locked WHERE q.run_id = locked.run_id
      RETURNING q.run_id, q.tenant_id, q.queue, q.fence, locked.turn, locked.rank,
        q.cancel_requested_at IS NOT NULL AS cancelled
    ), run AS (
      UPDATE tenants.tenant_pipeline_runs r SET status = 'RUNNING', attempt = r.attempt + 1,
        started_at = coalesce(r.started_at, now())
      FROM claimed WHERE r.run_id = claimed.run_id
      RETURNING ${RUN_COLUMNS}, r.root_run_id, r.trace_context, claimed.fence::text, claimed.rank, claimed.cancelled
    ), event AS (
      INSERT INTO convergence.run_events (run_id, tenant_id, kind, level, message, detail)
      SELECT run_id, tenant_id, e->>'kind', e->>'level', e->>'message',
        e->'detail' || jsonb_build_object('attempt', attempt)
      FROM run, (SELECT ${event}::jsonb AS e) given
    ), served AS (
      INSERT INTO convergence.tenant_turns (tenant_id, queue, turn)
      SELECT tenant_id, queue, min(turn) + count(*) FROM claimed GROUP BY tenant_id, queue
      ON CONFLICT (tenant_id, queue) DO UPDATE SET turn = excluded.turn
      RETURNING queue, turn
    ), passed AS (
      UPDATE convergence.queues c SET clock = highest.turn - 1
      FROM (SELECT queue, max(turn) AS turn FROM served GROUP BY queue) highest
      WHERE c.queue = highest.queue
    )
    SELECT run.*, EXISTS (SELECT FROM offer, share WHERE offer.nr = share.size) AS held_back
    FROM run ORDER BY rank, run_id`.execute(db);
  return rows;
}

/**
 * A lane is a queue of a tenant, or of one of its pipelines that limits its concurrency. Their heads
 * are found by skipping through the index of waiting runs, so that ten thousand runs of one lane
 * cost no more than one.
 */
function lanesWithPlaces({ queues = QUEUES, plans }: ClaimWithin): RawBuilder<unknown> {
  const concurrentRuns = placesOf(plans);
  return sql`lane AS (
      (SELECT tenant_id, lane, queue, lane_limit FROM tenants.tenant_pipeline_execution_queue
        WHERE fence IS NULL ORDER BY tenant_id, lane, queue, priority, run_id LIMIT 1)
      UNION ALL
      SELECT head.* FROM lane, LATERAL (
        SELECT q.tenant_id, q.lane, q.queue, q.lane_limit
        FROM tenants.tenant_pipeline_execution_queue q
        WHERE q.fence IS NULL
          AND (q.tenant_id, q.lane, q.queue) > (lane.tenant_id, lane.lane, lane.queue)
        ORDER BY q.tenant_id, q.lane, q.queue, q.priority, q.run_id LIMIT 1) head
    ), open_lane AS MATERIALIZED (
      SELECT lane.*, c.clock, greatest(t.turn, c.clock) AS turn,
        (${concurrentRuns}::jsonb->>s.plan)::integer - (
          SELECT count(*) FROM tenants.tenant_pipeline_execution_queue q
          WHERE q.tenant_id = lane.tenant_id AND q.fence IS NOT NULL) AS places,
        lane_limit - (
          SELECT count(*) FROM tenants.tenant_pipeline_execution_queue q
          WHERE q.tenant_id = lane.tenant_id AND q.lane = lane.lane AND q.fence IS NOT NULL
        ) AS lane_places
      FROM lane
      JOIN convergence.queues c ON c.queue = lane.queue AND c.paused_at IS NULL
        AND c.queue = ANY (${queues}::text[])
      CROSS JOIN LATERAL (SELECT plan FROM tenants.tenant_profiles
        JOIN tenants.tenant_subscriptions s USING (tenant_id)
        WHERE tenant_id = lane.tenant_id AND status = 'active' AND queue_paused_at IS NULL
          AND ${concurrentRuns}::jsonb ? plan LIMIT 1) s
      LEFT JOIN convergence.tenant_turns t
        ON t.tenant_id = lane.tenant_id AND t.queue = lane.queue
    ), free_lane AS MATERIALIZED (
      SELECT * FROM open_lane WHERE coalesce(places, 1) > 0 AND coalesce(lane_places, 1) > 0
    )`;
}

/**
 * A lane offers as many runs as it has places, a tenant at most its share of each queue: twice what
 * fills the batch when all give theirs. The lowest turns go first, counted from the clock of their
 * queue, so that who works for several queues serves them evenly.
 */
function runsInTurn({ limit }: ClaimOptions): RawBuilder<unknown> {
  return sql`share AS MATERIALIZED (
      SELECT ceil(2.0 * ${limit} / nullif(count(DISTINCT tenant_id), 0))::integer AS size
      FROM free_lane
    ), offer AS (
      SELECT f.tenant_id, f.queue, f.clock, f.turn, f.places, f.lane_places, head.*,
        row_number() OVER (PARTITION BY f.tenant_id, f.queue ORDER BY priority, run_id) AS nr,
        row_number() OVER (PARTITION BY f.tenant_id, f.lane ORDER BY priority, run_id) AS lane_nr
      FROM free_lane f, LATERAL (
        SELECT q.run_id, q.priority FROM tenants.tenant_pipeline_execution_queue q
        WHERE q.fence IS NULL AND q.tenant_id = f.tenant_id AND q.lane = f.lane
          AND q.queue = f.queue
        ORDER BY q.priority, q.run_id
        LIMIT least(f.places, f.lane_places, (SELECT size FROM share))) head
    ), candidate AS (
      SELECT run_id, turn, places, turn - clock + nr AS rank,
        row_number() OVER (PARTITION BY tenant_id ORDER BY priority, turn - clock + nr, run_id) AS nr
      FROM offer
      WHERE nr <= (SELECT size FROM share) AND (lane_nr <= lane_places OR lane_places IS NULL)
    ), chosen AS (
      SELECT run_id, turn, rank FROM candidate WHERE places IS NULL OR nr <= places
      ORDER BY rank, run_id LIMIT ${limit}
    )`;
}

/** Concurrent runs by plan; a tenant whose plan is not among them waits. */
function placesOf(plans: Plans): string {
  const places = Object.entries(plans).map(([name, plan]) => [name, plan.concurrentRuns]);
  return JSON.stringify(Object.fromEntries(places));
}
