import type { DuckDBConnection } from '@duckdb/node-api';
import { fail } from '../../../engine/error-codes.ts';
import type { Measurement } from '../../../engine/flow/check/measurement.ts';
import type { SourceState } from '../../../engine/flow/source.ts';
import type { LoadReceipt, PublishRequest } from '../../../engine/flow/warehouse.ts';
import { readRows, runSql } from '../run-sql.ts';

interface LoadRow {
  readonly table_name: string;
  readonly rows_in: bigint;
  readonly rows_loaded: bigint;
  readonly rows_quarantined: bigint;
  readonly measurements: string;
}

export async function findLoad(
  connection: DuckDBConnection,
  loadId: string,
): Promise<LoadReceipt | null> {
  const [row] = await readRows<LoadRow>(
    connection,
    `SELECT table_name, rows_in, rows_loaded, rows_quarantined, measurements
     FROM _convergence_loads WHERE load_id = $1`,
    [loadId],
  );
  if (!row) return null;
  return {
    loadId,
    table: row.table_name,
    rowsIn: Number(row.rows_in),
    rowsLoaded: Number(row.rows_loaded),
    rowsQuarantined: Number(row.rows_quarantined),
    measurements: JSON.parse(row.measurements) as Measurement[],
  };
}

export async function readState(
  connection: DuckDBConnection,
  key: string,
): Promise<{ state: SourceState; version: number } | null> {
  const [row] = await readRows<{ version: bigint; state: string }>(
    connection,
    'SELECT version, state FROM _convergence_state WHERE key = $1',
    [key],
  );
  if (!row) return null;
  return { state: JSON.parse(row.state) as SourceState, version: Number(row.version) };
}

/** In the transaction of the rows: the receipt, and the state from which the next load goes on. */
export async function writeReceipt(
  connection: DuckDBConnection,
  request: PublishRequest,
  rowsLoaded: number,
): Promise<LoadReceipt> {
  const { report } = request;
  await runSql(
    connection,
    `INSERT INTO _convergence_loads VALUES
       ($1, $2, $3, $4::VARCHAR::BIGINT, 'published', $5, $6, $7, $8, $9::VARCHAR::TIMESTAMPTZ)`,
    [
      request.loadId,
      request.runId,
      request.table,
      String(request.fence),
      report.rowsIn,
      rowsLoaded,
      report.rowsQuarantined,
      JSON.stringify(report.measurements),
      request.loadedAt.toISOString(),
    ],
  );
  return {
    loadId: request.loadId,
    table: request.table,
    rowsIn: report.rowsIn,
    rowsLoaded,
    rowsQuarantined: report.rowsQuarantined,
    measurements: report.measurements,
  };
}

/** @throws state_moved when another load published the same resource since it was read */
export async function moveState(
  connection: DuckDBConnection,
  request: PublishRequest,
): Promise<void> {
  const held = await readState(connection, request.stateKey);
  if ((held?.version ?? 0) !== request.stateVersion) {
    throw fail('state_moved', `another run loaded table '${request.table}' meanwhile`, {
      hint: 'Nothing was written; the load starts over from the newer state.',
      details: { table: request.table },
    });
  }
  const values = [request.stateKey, JSON.stringify(request.state), request.loadId];
  const sql = held
    ? 'UPDATE _convergence_state SET version = version + 1, state = $2, load_id = $3 WHERE key = $1'
    : 'INSERT INTO _convergence_state VALUES ($1, 1, $2, $3)';
  await runSql(connection, sql, values);
}
