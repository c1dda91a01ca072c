import { sql } from 'kysely';
import type { RawBuilder } from 'kysely';
import type { QueueStanding, TenantStanding } from '../../../../engine/run/queue/queue-control.ts';
import type { Db } from '../../control-database.ts';

/**
 * Standing of what `load` was grouped by. Run ids are UUIDs of version 7: the smallest is the oldest
 * (PostgreSQL has no min of uuid before 18).
 */
const COLUMNS = sql`coalesce(load.depth, 0)::integer AS depth,
  coalesce(load.running, 0)::integer AS running,
  greatest(coalesce(extract(epoch FROM now() - r.created_at), 0), 0)::float8 AS "oldestSeconds"`;

function loadBy(column: 'queue' | 'tenant_id'): RawBuilder<unknown> {
  return sql`(SELECT ${sql.ref(column)}, count(*) FILTER (WHERE fence IS NULL) AS depth,
      count(*) FILTER (WHERE fence IS NOT NULL) AS running,
      min(run_id::text) FILTER (WHERE fence IS NULL)::uuid AS oldest
    FROM tenants.tenant_pipeline_execution_queue GROUP BY 1) load`;
}

/** The four queues, in the order in which they are documented. */
export async function readQueueStandings(db: Db): Promise<readonly QueueStanding[]> {
  const { rows } = await sql<QueueStanding>`
    SELECT c.queue, ${COLUMNS}, c.paused_at AS "pausedAt", c.paused_by AS "pausedBy"
    FROM convergence.queues c LEFT JOIN ${loadBy('queue')} USING (queue)
    LEFT JOIN tenants.tenant_pipeline_runs r ON r.run_id = load.oldest
    ORDER BY array_position(ARRAY['pipeline', 'ingest', 'dq', 'transform'], c.queue)`.execute(db);
  return rows;
}

/** Of one tenant, or of all that are paused. */
export async function readTenantStandings(
  db: Db,
  tenantId?: string,
): Promise<readonly TenantStanding[]> {
  const which =
    tenantId === undefined ? sql`p.queue_paused_at IS NOT NULL` : sql`p.tenant_id = ${tenantId}`;
  const { rows } = await sql<TenantStanding>`
    SELECT p.tenant_id AS "tenantId", ${COLUMNS}, p.queue_paused_at AS "pausedAt",
      p.queue_paused_by AS "pausedBy"
    FROM tenants.tenant_profiles p LEFT JOIN ${loadBy('tenant_id')} USING (tenant_id)
    LEFT JOIN tenants.tenant_pipeline_runs r ON r.run_id = load.oldest
    WHERE ${which} ORDER BY p.tenant_id`.execute(db);
  return rows;
}
