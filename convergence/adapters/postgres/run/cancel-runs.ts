import { sql } from 'kysely';
import { cancelledFailure } from '../../../engine/run/queue/lease.ts';
import { runStateEvent } from '../../../engine/run/run-states.ts';
import type { NewRunEvent } from '../../../engine/run/run.ts';
import type { Db } from '../control-database.ts';
import { toJson } from '../to-json.ts';

/**
 * Ends those of the runs that wait, and tells the workers of those that run to stop; once. Runs that
 * have ended are left alone. Ring the queue and tell followers after the commit.
 */
export async function cancelRuns(db: Db, runIds: readonly string[], by: string): Promise<void> {
  const failure = cancelledFailure(by);
  await sql`
    WITH held AS MATERIALIZED (
      SELECT run_id, tenant_id, fence IS NULL AS waits
      FROM tenants.tenant_pipeline_execution_queue
      WHERE run_id = ANY (${runIds}::uuid[]) AND cancel_requested_at IS NULL
      ORDER BY run_id FOR UPDATE
    ), ended AS (
      DELETE FROM tenants.tenant_pipeline_execution_queue q USING held
      WHERE q.run_id = held.run_id AND held.waits
    ), asked AS (
      UPDATE tenants.tenant_pipeline_execution_queue q SET cancel_requested_at = now()
      FROM held WHERE q.run_id = held.run_id AND NOT held.waits
    ), run AS (
      UPDATE tenants.tenant_pipeline_runs r SET status = 'CANCELLED', finished_at = now(),
        failure = ${toJson(failure)}::jsonb
      FROM held WHERE r.run_id = held.run_id AND held.waits
    ), closed AS (
      UPDATE tenants.tenant_step_logs s SET status = 'CANCELLED', finished_at = now(),
        failure = ${toJson(failure)}::jsonb
      FROM held WHERE held.waits AND s.run_id = held.run_id AND s.status = 'RUNNING'
    )
    INSERT INTO convergence.run_events (run_id, tenant_id, kind, level, message, detail)
    SELECT run_id, tenant_id, e->>'kind', e->>'level', e->>'message', e->'detail'
    FROM held, LATERAL (SELECT CASE WHEN waits THEN ${toJson(runStateEvent('CANCELLED', failure))}::jsonb
      ELSE ${toJson(askedEvent(by))}::jsonb END AS e) event`.execute(db);
}

function askedEvent(by: string): NewRunEvent {
  const message = `${by} asked to cancel the run`;
  return { step: null, kind: 'log', level: 'warn', message, detail: {} };
}
