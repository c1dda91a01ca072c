import { sql } from 'kysely';
import type { RawBuilder } from 'kysely';
import type { Db } from '../../control-database.ts';
import { tenantStream } from '../write-tenant-event.ts';

/** Filled by workers without a foreign key, and without an index by tenant. */
const TABLES_OF_RUNS = new Set([
  'convergence.run_events',
  'tenants.tenant_step_logs',
  'tenants.tenant_dq_results',
]);

/** Workers write only while they can lock a row of the queue; the others point to these two. */
const FIRST = 'tenants.tenant_pipeline_execution_queue';
const LAST = ['tenants.tenant_pipeline_runs', 'tenants.tenant_profiles'];

/** Removes a tenant from every table; gives how many rows of which, tables without any left out. */
export async function removeRows(db: Db, tenantId: string): Promise<Record<string, number>> {
  const removed: [string, number][] = [];
  for (const table of await tablesOfTenants(db)) {
    removed.push([table, await removeFrom(db, table, tenantId)]);
  }
  return Object.fromEntries(removed.filter(([, rows]) => rows > 0));
}

/** Asked of the database, so that a table that comes later is not forgotten. */
async function tablesOfTenants(db: Db): Promise<readonly string[]> {
  const { rows } = await sql<{ name: string }>`
    SELECT n.nspname || '.' || c.relname AS name
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname IN ('tenants', 'convergence') AND c.relkind = 'r'
      AND a.attname = 'tenant_id' AND NOT a.attisdropped ORDER BY name`.execute(db);
  const between = rows.map(({ name }) => name).filter((name) => ![FIRST, ...LAST].includes(name));
  return [FIRST, ...between, ...LAST];
}

async function removeFrom(db: Db, table: string, tenantId: string): Promise<number> {
  const own = TABLES_OF_RUNS.has(table) ? ofRuns(tenantId) : sql`tenant_id = ${tenantId}`;
  const { numAffectedRows } = await sql`DELETE FROM ${sql.table(table)} WHERE ${own}`.execute(db);
  return Number(numAffectedRows ?? 0);
}

/** With the events of the tenant itself, but not those of one that is gone and had this id. */
function ofRuns(tenantId: string): RawBuilder<unknown> {
  return sql`tenant_id = ${tenantId} AND run_id IN (
    SELECT run_id FROM tenants.tenant_pipeline_runs WHERE tenant_id = ${tenantId}
    UNION ALL SELECT ${tenantStream(tenantId)})`;
}
