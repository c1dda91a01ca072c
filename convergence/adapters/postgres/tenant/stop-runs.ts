import { sql } from 'kysely';
import type { ControlDatabase, Db } from '../control-database.ts';
import { cancelRuns } from '../run/cancel-runs.ts';
import { ringQueue } from '../run/queue/doorbell.ts';
import { tellFollowers } from '../run/store/follow-events.ts';

/**
 * Cancels all runs of a tenant that wait or run, in one transaction after `before`, which has to lock
 * the tenant so that no run is admitted meanwhile.
 */
export async function stopRuns(
  database: ControlDatabase,
  tenantId: string,
  before: (db: Db) => Promise<void>,
): Promise<void> {
  const runIds = await database.transact(async (db) => {
    await before(db);
    const { rows } = await sql<{ run_id: string }>`
      SELECT run_id FROM tenants.tenant_pipeline_execution_queue
      WHERE tenant_id = ${tenantId} AND cancel_requested_at IS NULL`.execute(db);
    const active = rows.map((row) => row.run_id);
    await cancelRuns(db, active, 'the operator');
    return active;
  });
  tellFollowers(database, runIds);
  await ringQueue(database);
}
