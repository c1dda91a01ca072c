import { sql } from 'kysely';
import type { RunStatus } from '../../engine/run/run.ts';
import type { QueueStanding } from '../../engine/run/queue/queue-control.ts';
import type { ControlDatabase } from './control-database.ts';
import { readQueueStandings } from './run/queue/queue-standing.ts';

export interface ControlLoad {
  readonly queues: readonly QueueStanding[];
  readonly runs: Readonly<Record<RunStatus, number>>;
}

/** How much waits and runs now, over all tenants; runs that ended count for the last day. */
export async function readControlLoad(database: ControlDatabase): Promise<ControlLoad> {
  return database.withOperator(async (db) => {
    const queues = await readQueueStandings(db);
    const runs = await sql<{ status: RunStatus; count: number }>`
      SELECT status, count(*)::integer AS count FROM tenants.tenant_pipeline_runs
      WHERE finished_at IS NULL OR finished_at > now() - interval '1 day'
      GROUP BY status`.execute(db);
    const none = { PENDING: 0, RUNNING: 0, COMPLETE: 0, FAILED: 0, CANCELLED: 0 };
    const counted = Object.fromEntries(runs.rows.map(({ status, count }) => [status, count]));
    return { queues, runs: { ...none, ...counted } };
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
