import { sql } from 'kysely';
import type {
  Failure,
  NewRunEvent,
  RuleResult,
  RunStatus,
  StepRecord,
} from '../../../../engine/run/run.ts';
import type { Db } from '../../control-database.ts';
import { toJson } from '../../to-json.ts';

/** What the holder of a claim writes at once. */
export interface RunWrite {
  readonly runId: string;
  readonly fence: bigint;
  readonly step?: Omit<StepRecord, 'startedAt'> & { startedAt: Date | null | 'now' };
  readonly results?: readonly RuleResult[];
  readonly events: readonly NewRunEvent[];
  /** PENDING puts the run back into the queue, without a holder; others but RUNNING end it. */
  readonly end?: { readonly status: RunStatus; readonly failure: Failure | null };
  readonly workerLost?: boolean;
}

/** The newest attempt of a step stands for it; its history is in the events. */
const RECORD_STEPS = sql`
  INSERT INTO tenants.tenant_step_logs AS s (run_id, step_name, tenant_id, step_type, status,
    attempt, started_at, finished_at, rows_in, rows_loaded, rows_quarantined, rules_passed,
    rules_failed, failure)
  SELECT "runId", step->>'name', tenant_id, step->>'type', step->>'status',
    (step->>'attempt')::integer, (step->>'startedAt')::timestamptz,
    (step->>'finishedAt')::timestamptz, (step->>'rowsIn')::bigint,
    (step->>'rowsLoaded')::bigint, (step->>'rowsQuarantined')::bigint,
    (step->>'rulesPassed')::integer, (step->>'rulesFailed')::integer,
    nullif(step->'failure', 'null')
  FROM held WHERE step IS NOT NULL
  ON CONFLICT (run_id, step_name) DO UPDATE SET status = excluded.status,
    attempt = excluded.attempt, started_at = coalesce(excluded.started_at, s.started_at),
    finished_at = excluded.finished_at, rows_in = excluded.rows_in,
    rows_loaded = excluded.rows_loaded, rows_quarantined = excluded.rows_quarantined,
    rules_passed = excluded.rules_passed, rules_failed = excluded.rules_failed,
    failure = excluded.failure`;

/** Results of a step that was tried again replace those of the attempt before. */
const RECORD_RESULTS = sql`surplus_results AS (
  DELETE FROM tenants.tenant_dq_results d USING held
  WHERE held.results IS NOT NULL AND d.run_id = held."runId"
    AND d.step_name = held.step->>'name' AND d.position >= jsonb_array_length(held.results)
), results AS (
  INSERT INTO tenants.tenant_dq_results (run_id, step_name, position, tenant_id, table_name,
    rule_id, rule, severity, passed, observed, rows_tested, rows_failed, samples, problem)
  SELECT "runId", held.step->>'name', nr - 1, tenant_id, d->>'table', d->>'ruleId', d->>'rule',
    d->>'severity', (d->>'passed')::boolean, nullif(d->'observed', 'null'),
    (d->>'rowsTested')::bigint, (d->>'rowsFailed')::bigint, d->'samples', d->>'problem'
  FROM held, jsonb_array_elements(held.results) WITH ORDINALITY AS each (d, nr)
  ON CONFLICT (run_id, step_name, position) DO UPDATE SET table_name = excluded.table_name,
    rule_id = excluded.rule_id, rule = excluded.rule, severity = excluded.severity,
    passed = excluded.passed, observed = excluded.observed, rows_tested = excluded.rows_tested,
    rows_failed = excluded.rows_failed, samples = excluded.samples, problem = excluded.problem,
    recorded_at = excluded.recorded_at
  )`;

/** A step that a lost worker began ends with its run, when no other worker has begun it again. */
const CLOSE_STEPS = sql`closed AS (
    UPDATE tenants.tenant_step_logs s SET status = held."end"->>'status', finished_at = now(),
      failure = nullif(held."end"->'failure', 'null')
    FROM held WHERE held."end"->>'status' IN ('FAILED', 'CANCELLED') AND held.step IS NULL
      AND s.run_id = held."runId" AND s.status = 'RUNNING'
  )`;

const RECORD_EVENTS = sql`
  INSERT INTO convergence.run_events (run_id, tenant_id, step_name, kind, level, message, detail)
  SELECT "runId", tenant_id, e->>'step', e->>'kind', e->>'level', e->>'message', e->'detail'
  FROM held, jsonb_array_elements(held.events) WITH ORDINALITY AS each (e, nr) ORDER BY nr`;

export interface WrittenRuns {
  /** Ids of the runs that were written; the others have another fence, or have ended. */
  readonly runIds: ReadonlySet<string>;
  /** A run waits for which there may be a place now. */
  readonly placeFree: boolean;
}

/** Writes for several runs in one statement: all or nothing. One write a run and a call. */
export async function writeRuns(db: Db, writes: readonly RunWrite[]): Promise<WrittenRuns> {
  const { rows } = await sql<{ run_id: string; place_free: boolean }>`
    WITH given AS MATERIALIZED (
      SELECT * FROM jsonb_to_recordset(${toJson(writes)}::jsonb) AS g ("runId" uuid, fence bigint,
        step jsonb, results jsonb, events jsonb, "end" jsonb, "workerLost" boolean)
    ), held AS MATERIALIZED (
      SELECT q.tenant_id, g.* FROM given g
      JOIN tenants.tenant_pipeline_execution_queue q ON q.run_id = g."runId" AND q.fence = g.fence
      ORDER BY q.run_id FOR UPDATE OF q
    ), steps AS (${RECORD_STEPS}), ${RECORD_RESULTS}, events AS (${RECORD_EVENTS}
    ), runs AS (
      UPDATE tenants.tenant_pipeline_runs r SET status = held."end"->>'status',
        failure = nullif(held."end"->'failure', 'null'),
        finished_at = CASE held."end"->>'status' WHEN 'PENDING' THEN NULL ELSE now() END
      FROM held WHERE held."end" IS NOT NULL AND r.run_id = held."runId"
    ), ${CLOSE_STEPS}, returned AS (
      UPDATE tenants.tenant_pipeline_execution_queue q SET fence = NULL, claimed_by = NULL,
        lease_until = NULL, losses = losses + coalesce(held."workerLost", false)::integer
      FROM held WHERE q.run_id = held."runId" AND held."end"->>'status' = 'PENDING'
    ), ended AS (
      DELETE FROM tenants.tenant_pipeline_execution_queue q USING held
      WHERE q.run_id = held."runId" AND held."end"->>'status' <> 'PENDING'
    )
    SELECT "runId" AS run_id, "end" IS NOT NULL AND ("end"->>'status' = 'PENDING' OR EXISTS (
      SELECT FROM tenants.tenant_pipeline_execution_queue w
      WHERE w.tenant_id = held.tenant_id AND w.fence IS NULL)) AS place_free
    FROM held`.execute(db);
  return {
    runIds: new Set(rows.map((row) => row.run_id)),
    placeFree: rows.some((row) => row.place_free),
  };
}
