import type { Measurement } from '../../../engine/flow/check/measurement.ts';
import type { SourceState } from '../../../engine/flow/source.ts';
import type { LoadReceipt } from '../../../engine/flow/warehouse.ts';
import { selectRows } from '../dataset/run-sql.ts';
import type { TenantDataset } from '../dataset/tenant-dataset.ts';

/** Null: no such load was published. */
export async function findLoad(
  dataset: TenantDataset,
  loadId: string,
): Promise<LoadReceipt | null> {
  const sql = `SELECT table_name, rows_in, rows_loaded, rows_quarantined, measurements
    FROM _convergence_loads WHERE load_id = @load_id`;
  const parameters = { load_id: { type: 'STRING', value: loadId } } as const;
  const [row] = await selectRows(dataset, { sql, parameters });
  if (!row) return null;
  return {
    loadId,
    table: String(row.table_name),
    rowsIn: Number(row.rows_in),
    rowsLoaded: Number(row.rows_loaded),
    rowsQuarantined: Number(row.rows_quarantined),
    measurements: JSON.parse(String(row.measurements)) as Measurement[],
  };
}

export async function readState(
  dataset: TenantDataset,
  key: string,
): Promise<{ state: SourceState; version: number } | null> {
  const sql = 'SELECT version, state FROM _convergence_state WHERE key = @key';
  const parameters = { key: { type: 'STRING', value: key } } as const;
  const [row] = await selectRows(dataset, { sql, parameters });
  if (!row) return null;
  return { state: JSON.parse(String(row.state)) as SourceState, version: Number(row.version) };
}
