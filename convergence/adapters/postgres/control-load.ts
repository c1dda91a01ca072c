import { sql } from 'kysely';
import type { RunStatus } from '../../engine/run/run.ts';
import type { QueueStanding } from '../../engine/run/queue/queue-control.ts';
import type { EventBacklog } from '../../engine/event/event-outbox.ts';
import type { ControlDatabase, Db } from './control-database.ts';
import { readQueueStandings } from './run/queue/queue-standing.ts';

export interface ControlLoad {
  readonly queues: readonly QueueStanding[];
  readonly runs: Readonly<Record<RunStatus, number>>;
  readonly events: EventBacklog;
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
    return { queues, runs: { ...none, ...counted }, events: await readEventBacklog(db) };
  });
}

/** Ids of events grow with time, so the lowest that waits is the oldest. */
async function readEventBacklog(db: Db): Promise<EventBacklog> {
  const { rows } = await sql<EventBacklog>`
    WITH unrouted AS (
      SELECT count(*) AS count, min(event_id) AS first FROM convergence.run_events
      WHERE kind = 'state' AND event_id > (SELECT routed_to FROM convergence.event_routing)
    ), waiting AS (
      SELECT count(*) AS count, min(event_id) AS first FROM convergence.event_deliveries
      WHERE state = 'waiting'
    )
    SELECT unrouted.count::float8 AS unrouted, waiting.count::float8 AS "deliveriesWaiting",
      coalesce(extract(epoch FROM now() - (SELECT at FROM convergence.run_events e
        WHERE e.kind = 'state' AND e.event_id = least(unrouted.first, waiting.first))), 0)::float8
        AS "oldestSeconds"
    FROM unrouted, waiting`.execute(db);
  return rows[0] ?? { unrouted: 0, deliveriesWaiting: 0, oldestSeconds: 0 };
}

/** Names of the tables that `bootstrap` makes. */
export async function readTables(database: ControlDatabase): Promise<readonly string[]> {
  const { rows } = await database.withOperator((db) =>
    sql<{ name: string }>`
      SELECT tablename AS name FROM pg_tables WHERE schemaname = 'tenants' ORDER BY 1`.execute(db),
  );
  return rows.map(({ name }) => name);
}
