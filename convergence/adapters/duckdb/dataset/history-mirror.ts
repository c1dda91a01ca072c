import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { HISTORY_TABLE_NAMES, HISTORY_TABLES } from '../../../engine/run/history/history-table.ts';
import type { HistoryTableName, HistoryType } from '../../../engine/run/history/history-table.ts';
import type { HistoryBatch, HistoryMirror } from '../../../engine/run/history/mirror-history.ts';
import { withInstance } from '../instances.ts';
import type { InstancePlace } from '../instances.ts';
import { identifier, inTransaction, literal, runSql } from '../run-sql.ts';
import { instanceSettings } from '../warehouse.ts';
import type { DuckdbWarehouseOptions } from '../warehouse.ts';

const TYPES: Readonly<Record<HistoryType, string>> = {
  text: 'VARCHAR',
  date: 'DATE',
  timestamp: 'TIMESTAMPTZ',
  bigint: 'BIGINT',
  boolean: 'BOOLEAN',
  json: 'JSON',
};

/**
 * `metadata.duckdb` beside the files of tenants: by its name `metadata.pipeline_runs` is a table in
 * it, as on BigQuery. It is open only while something is written, so that others can read it.
 */
export function createDuckdbHistoryMirror(options: DuckdbWarehouseOptions): HistoryMirror {
  const place = {
    file: join(options.dataDir, 'metadata.duckdb'),
    temporary: join(options.dataDir, 'metadata'),
    readable: [],
  };
  const settings = { ...instanceSettings(options), closeIdleMs: 0, prepare: createTables };
  const write = (work: (connection: DuckDBConnection) => Promise<void>) =>
    withInstance(place, settings, async (connect) => {
      const connection = await connect();
      try {
        await inTransaction(connection, () => work(connection));
      } finally {
        connection.disconnectSync();
      }
    });
  return {
    write: (batch) => write((connection) => writeBatch(connection, batch, place)),
    forgetTenant: (tenantId) =>
      write(async (connection) => {
        for (const table of HISTORY_TABLE_NAMES) {
          await runSql(connection, `DELETE FROM ${table} WHERE tenant_id = $1`, [tenantId]);
        }
      }),
  };
}

async function createTables(connection: DuckDBConnection): Promise<void> {
  for (const table of HISTORY_TABLE_NAMES) {
    const columns = columnsOf(table).map(([name, type]) => `${identifier(name)} ${TYPES[type]}`);
    await runSql(connection, `CREATE TABLE IF NOT EXISTS ${table} (${columns.join(', ')})`);
  }
}

async function writeBatch(
  connection: DuckDBConnection,
  { runIds, rows }: HistoryBatch,
  { temporary }: InstancePlace,
): Promise<void> {
  const folder = await mkdtemp(join(temporary, 'history-'));
  try {
    const ids = runIds.map(literal).join(', ');
    for (const table of HISTORY_TABLE_NAMES) {
      await runSql(connection, `DELETE FROM ${table} WHERE pipeline_logging_id IN (${ids})`);
      if (rows[table] === '') continue;
      const file = join(folder, `${table}.ndjson`);
      await writeFile(file, rows[table]);
      await runSql(
        connection,
        `INSERT INTO ${table} BY NAME SELECT * FROM ${reading(table, file)}`,
      );
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function reading(table: HistoryTableName, file: string): string {
  const columns = columnsOf(table).map(([name, type]) => `${literal(name)}: '${TYPES[type]}'`);
  return `read_json(${literal(file)}, format = 'newline_delimited', columns = {${columns.join(', ')}})`;
}

function columnsOf(table: HistoryTableName): [string, HistoryType][] {
  return Object.entries(HISTORY_TABLES[table]);
}
