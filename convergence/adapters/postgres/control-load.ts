import { sql } from 'kysely';
import type { RunStatus } from '../../engine/run/run.ts';
import type { ControlDatabase } from './control-database.ts';

export interface ControlLoad {
  readonly queues: readonly { queue: string; depth: number; oldestSeconds: number }[];
  readonly runs: Readonly<Record<RunStatus, number>>;
}

/** How much waits and runs now, over all tenants; runs that ended count for the last day. */
export async function readControlLoad(database: ControlDatabase): Promise<ControlLoad> {
  return database.withOperator(async (db) => {
    const queues = await sql<{ queue: string; depth: number; oldestSeconds: number }>`
      SELECT 'pipeline' AS queue, count(*)::integer AS depth,
        coalesce(extract(epoch FROM now() - min(r.created_at)), 0)::float8 AS "oldestSeconds"
      FROM tenants.tenant_pipeline_execution_queue q JOIN tenants.tenant_pipeline_runs r USING (run_id)
      WHERE q.fence IS NULL`.execute(db);
    const runs = await sql<{ status: RunStatus; count: number }>`
      SELECT status, count(*)::integer AS count FROM tenants.tenant_pipeline_runs
      WHERE finished_at IS NULL OR finished_at > now() - interval '1 day'
      GROUP BY status`.execute(db);
    const none = { PENDING: 0, RUNNING: 0, COMPLETE: 0, FAILED: 0, CANCELLED: 0 };
    const counted = Object.fromEntries(runs.rows.map(({ status, count }) => [status, count]));
    return { queues: queues.rows, runs: { ...none, ...counted } };
  });
}

/** Names of the tables that `bootstrap` makes. */
export async function readTables(database: ControlDatabase): Promise<readonly string[]> {
  const { rows } = await database.withOperator((db) =>
    sql<{ name: string }>`
      SELECT tablename AS name FROM pg_tables WHERE schemaname = 'tenants' ORDER BY 1`.execute(db),
  );
  return rows.map(({ name }) => name);
}
