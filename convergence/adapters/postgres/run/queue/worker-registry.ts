import { sql } from 'kysely';
import type { WorkerRecord, WorkerSheet } from '../../../../engine/run/queue/queue-control.ts';
import type { Db } from '../../control-database.ts';

/** Says that the worker lives, and forgets those that have not said so for a day. */
export async function signIn(db: Db, { worker, queues, places }: WorkerSheet): Promise<void> {
  await sql`
    WITH forgotten AS (
      DELETE FROM convergence.workers
      WHERE seen_at < now() - interval '1 day' AND worker <> ${worker}
    )
    INSERT INTO convergence.workers (worker, queues, places_min, places_max)
    VALUES (${worker}, ${queues}::text[], ${places.min}, ${places.max})
    ON CONFLICT (worker) DO UPDATE SET seen_at = excluded.seen_at`.execute(db);
}

export async function signOut(db: Db, worker: string): Promise<void> {
  await sql`DELETE FROM convergence.workers WHERE worker = ${worker}`.execute(db);
}

/** The longest at work first. */
export async function listWorkers(db: Db): Promise<readonly WorkerRecord[]> {
  const { rows } = await sql<WorkerRecord>`
    SELECT worker, queues, jsonb_build_object('min', places_min, 'max', places_max) AS places,
      (SELECT count(*)::integer FROM tenants.tenant_pipeline_execution_queue q
        WHERE q.claimed_by = w.worker) AS running,
      started_at AS "startedAt", seen_at AS "seenAt",
      seen_at < now() - interval '1 minute' AS "isLost"
    FROM convergence.workers w ORDER BY started_at, worker`.execute(db);
  return rows;
}
