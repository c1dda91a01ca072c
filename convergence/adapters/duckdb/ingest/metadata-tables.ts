import type { DuckDBConnection } from '@duckdb/node-api';
import { runSql } from '../run-sql.ts';

/** Tables of the product in the dataset of each tenant. No key but on fences: keys slow loads. */
const TABLES = [
  `_convergence_loads (
     load_id VARCHAR, run_id VARCHAR, table_name VARCHAR, fence BIGINT, state VARCHAR,
     rows_in BIGINT, rows_loaded BIGINT, rows_quarantined BIGINT, measurements JSON,
     published_at TIMESTAMPTZ)`,
  '_convergence_state (key VARCHAR, version BIGINT, state JSON, load_id VARCHAR)',
  '_convergence_fences (run_id VARCHAR PRIMARY KEY, fence BIGINT)',
  '_convergence_models (name VARCHAR, run_id VARCHAR, built_at TIMESTAMPTZ, rows BIGINT)',
  `_quarantine (
     run_id VARCHAR, load_id VARCHAR, table_name VARCHAR, part VARCHAR, "row" BIGINT,
     rules VARCHAR[], record JSON, quarantined_at TIMESTAMPTZ)`,
];

export async function createMetadataTables(connection: DuckDBConnection): Promise<void> {
  for (const table of TABLES) await runSql(connection, `CREATE TABLE IF NOT EXISTS ${table}`);
}
