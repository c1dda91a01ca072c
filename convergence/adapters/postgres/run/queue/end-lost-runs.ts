import { sql } from 'kysely';
import { runStateEvent } from '../../../../engine/run/run-states.ts';
import type { Failure } from '../../../../engine/run/run.ts';
import type { ControlDatabase } from '../../control-database.ts';
import { toJson } from '../../to-json.ts';
import { tellFollowers } from '../store/follow-events.ts';

const LOST: Failure = {
  code: 'orphaned',
  kind: 'transient',
  message: 'The run had not ended, and its place in the queue is gone.',
  hint: 'Was a part of the control database restored or deleted? Restart the run.',
};

/**
 * Ends runs that nobody can take any more because they have no row in the queue; their ids. Both rows
 * are written in one transaction, so no crash leaves one, but a restored table or a DELETE by hand
 * does. Looks at runs made since `since`, whose ids are in that order.
 */
export async function endLostRuns(
  database: ControlDatabase,
  since: Date,
): Promise<readonly string[]> {
  const event = toJson(runStateEvent('FAILED', LOST));
  const { rows } = await database.withOperator((db) =>
    sql<{ run_id: string }>`
      WITH lost AS MATERIALIZED (
        SELECT r.run_id FROM tenants.tenant_pipeline_runs r
        WHERE r.run_id > ${firstIdOf(since)}::uuid AND r.finished_at IS NULL AND NOT EXISTS (
          SELECT FROM tenants.tenant_pipeline_execution_queue q WHERE q.run_id = r.run_id)
        FOR UPDATE SKIP LOCKED
      ), ended AS (
        UPDATE tenants.tenant_pipeline_runs r SET status = 'FAILED', finished_at = now(),
          failure = ${toJson(LOST)}::jsonb
        FROM lost WHERE r.run_id = lost.run_id RETURNING r.run_id, r.tenant_id
      ), steps AS (
        UPDATE tenants.tenant_step_logs s SET status = 'FAILED', finished_at = now(),
          failure = ${toJson(LOST)}::jsonb
        FROM lost WHERE s.run_id = lost.run_id AND s.status = 'RUNNING'
      )
      INSERT INTO convergence.run_events (run_id, tenant_id, kind, level, message, detail)
      SELECT run_id, tenant_id, e->>'kind', e->>'level', e->>'message', e->'detail'
      FROM ended, (SELECT ${event}::jsonb AS e) given
      RETURNING run_id`.execute(db),
  );
  const runIds = rows.map((row) => row.run_id);
  tellFollowers(database, runIds);
  return runIds;
}

/** The lowest UUID of version 7 (RFC 9562, 5.7) of an instant. */
function firstIdOf(instant: Date): string {
  const hex = instant.getTime().toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-000000000000`;
}
