import type { DuckDBConnection } from '@duckdb/node-api';
import { LOAD_COLUMNS } from '../../../engine/flow/normalize/column.ts';
import type { Column } from '../../../engine/flow/normalize/column.ts';
import { assertPlanHolds } from '../../../engine/flow/normalize/plan-holds.ts';
import type { TableChange } from '../../../engine/flow/normalize/table-plan.ts';
import { rowsWithoutKey, withMergeKey } from '../../../engine/flow/publish/merge-key.ts';
import type { LoadReceipt, PublishRequest } from '../../../engine/flow/warehouse.ts';
import { describeQuery, toDuckdbType } from '../column-type.ts';
import { holdFence } from './fence.ts';
import { identifier, inTransaction, readRows, runSql } from '../run-sql.ts';
import { castValue } from './cast-value.ts';
import { findLoad, moveState, writeReceipt } from './load-records.ts';

/**
 * Staging table to table in one transaction: rows, changes of the table, receipt and state become
 * visible together or not at all. Published before, it only gives the receipt.
 * @throws lease_lost, state_moved, primary_key_missing
 */
export async function publishStaging(
  connection: DuckDBConnection,
  request: PublishRequest,
): Promise<LoadReceipt> {
  const published = await findLoad(connection, request.loadId);
  if (published) return published;
  const keyed = request.disposition === 'merge' ? withMergeKey(request) : request;
  if (keyed !== request) await keepLastOfKeys(connection, keyed);
  return inTransaction(connection, async () => {
    await holdFence(connection, request.runId, request.fence);
    await moveState(connection, request);
    return writeReceipt(connection, request, await writeRows(connection, keyed));
  });
}

/** Columns of a table without the load columns; null when there is no such table. */
export async function describeTable(
  connection: DuckDBConnection,
  table: string,
): Promise<Column[] | null> {
  const found = await readRows(
    connection,
    'SELECT 1 FROM duckdb_tables() WHERE table_name = $1 AND NOT internal',
    [table],
  );
  if (found.length === 0) return null;
  const columns = await describeQuery(connection, `SELECT * FROM ${identifier(table)}`);
  return columns
    .filter(({ name }) => !LOAD_COLUMNS.some((own) => own === name))
    .map(({ name, type }) => ({ name, type }));
}

async function writeRows(connection: DuckDBConnection, request: PublishRequest): Promise<number> {
  const [staging, table] = [identifier(request.staging), identifier(request.table)];
  const current = await describeTable(connection, request.table);
  assertPlanHolds(request.table, request.plan, current);
  if (current === null || request.disposition === 'replace') {
    // Views that read the table are bound by its name when they are read.
    if (current) await runSql(connection, `DROP TABLE ${table}`);
    await runSql(connection, `ALTER TABLE ${staging} RENAME TO ${table}`);
    return countRows(connection, table);
  }
  for (const change of request.plan.changes) await applyChange(connection, request.table, change);
  if (request.disposition === 'merge') {
    await runSql(
      connection,
      `DELETE FROM ${table} WHERE (${keysOf(request)}) IN (SELECT (${keysOf(request)}) FROM ${staging})`,
    );
  }
  return runSql(connection, `INSERT INTO ${table} BY NAME SELECT * FROM ${staging}`);
}

async function applyChange(
  connection: DuckDBConnection,
  table: string,
  change: TableChange,
): Promise<void> {
  if (change.change === 'create') return;
  const { name, type } = change.column;
  const [target, column] = [identifier(table), identifier(name)];
  if (change.change === 'add_column') {
    await runSql(connection, `ALTER TABLE ${target} ADD COLUMN ${column} ${toDuckdbType(type)}`);
    return;
  }
  const stored = await describeQuery(connection, `SELECT ${column} FROM ${target}`);
  const from = stored[0]?.duckdbType;
  if (!from) return;
  const value = castValue(column, { from, to: type, lenient: false });
  await runSql(
    connection,
    `ALTER TABLE ${target} ALTER COLUMN ${column} TYPE ${toDuckdbType(type)} USING ${value}`,
  );
}

function keysOf({ primaryKey }: PublishRequest): string {
  return primaryKey.map(identifier).join(', ');
}

async function countRows(connection: DuckDBConnection, table: string): Promise<number> {
  const [row] = await readRows<{ rows: bigint }>(
    connection,
    `SELECT count(*) AS rows FROM ${table}`,
  );
  return Number(row?.rows ?? 0);
}

/**
 * Of rows with the same key the last one stays: of the last part, and in it of the last row. Row
 * ids are in the order of the parts.
 */
async function keepLastOfKeys(
  connection: DuckDBConnection,
  request: PublishRequest,
): Promise<void> {
  const staging = identifier(request.staging);
  const keys = keysOf(request);
  const missing = request.primaryKey.map((name) => `${identifier(name)} IS NULL`).join(' OR ');
  const [counted] = await readRows<{ rows: bigint; different: bigint; missing: bigint }>(
    connection,
    `SELECT (SELECT count(*) FROM ${staging}) AS rows,
       (SELECT count(*) FROM (SELECT DISTINCT ${keys} FROM ${staging})) AS different,
       (SELECT count(*) FROM ${staging} WHERE ${missing}) AS missing`,
  );
  if (counted && counted.missing > 0n) {
    throw rowsWithoutKey(request, Number(counted.missing));
  }
  if (!counted || counted.rows === counted.different) return;
  await runSql(
    connection,
    `DELETE FROM ${staging} WHERE rowid NOT IN
       (SELECT max(rowid) FROM ${staging} GROUP BY ${keys})`,
  );
}
