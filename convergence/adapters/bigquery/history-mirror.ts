import { HISTORY_TABLE_NAMES, HISTORY_TABLES } from '../../engine/run/history/history-table.ts';
import type { HistoryTableName, HistoryType } from '../../engine/run/history/history-table.ts';
import type { HistoryBatch, HistoryMirror } from '../../engine/run/history/mirror-history.ts';
import type { BigQueryClient } from './client/bigquery-client.ts';
import { runQuery } from './client/run-query.ts';
import { failureOf } from './client/translate-error.ts';
import { makeDataset } from './dataset/make-dataset.ts';
import { createTable } from './dataset/table.ts';

/** As the guides' queries name it. */
const DATASET = 'metadata';
const LABELS = { managed_by: 'convergence' };

const TYPES: Readonly<Record<HistoryType, string>> = {
  text: 'STRING',
  date: 'DATE',
  timestamp: 'TIMESTAMP',
  bigint: 'INT64',
  boolean: 'BOOL',
  json: 'JSON',
};

/** The dataset `metadata` of the project: one for all tenants, read by whoever operates them. */
export function createBigQueryHistoryMirror(client: BigQueryClient): HistoryMirror & {
  /** Makes the dataset with its tables; what is there stays as it is. */
  makeTables(): Promise<void>;
} {
  const run = async (
    sql: string,
    parameters: Parameters<typeof runQuery>[1]['parameters'] = {},
  ) => {
    await runQuery(client, { sql, parameters, dataset: DATASET, labels: LABELS });
  };
  const makeTables = () => makeHistory(client);
  /** Nobody needs to have called bootstrap. */
  const inTables = async (work: () => Promise<void>) => {
    try {
      await work();
    } catch (error) {
      if (!isAbsent(error)) throw error;
      await makeTables();
      await work();
    }
  };
  return {
    makeTables,
    write: (batch) => inTables(() => run(writeScript(batch), parametersOf(batch))),
    forgetTenant: (tenantId) =>
      inTables(() =>
        run(
          inTransaction(forEachTable((table) => `DELETE FROM ${table} WHERE tenant_id = @tenant`)),
          { tenant: { type: 'STRING', value: tenantId } },
        ),
      ),
  };
}

async function makeHistory(client: BigQueryClient): Promise<void> {
  const dataset = { client, id: DATASET, labels: LABELS };
  await makeDataset(dataset);
  for (const name of HISTORY_TABLE_NAMES) {
    const columns = Object.entries(HISTORY_TABLES[name]);
    const fields = columns.map(([column, type]) => ({ name: column, type: TYPES[type] }));
    const timePartitioning = { type: 'DAY', field: 'ingestion_date' };
    await createTable(dataset, { name, schema: { fields }, timePartitioning });
  }
}

function isAbsent(error: unknown): boolean {
  return failureOf(error)?.reason === 'notFound';
}

function forEachTable(statement: (table: HistoryTableName) => string): string[] {
  return HISTORY_TABLE_NAMES.map(statement);
}

function inTransaction(statements: readonly string[]): string {
  return ['BEGIN TRANSACTION', ...statements, 'COMMIT TRANSACTION'].join(';\n');
}

/** The rows come as one JSON text for each table, so that none becomes an object on the way. */
function writeScript({ rows }: HistoryBatch): string {
  const filled = HISTORY_TABLE_NAMES.filter((table) => rows[table].trim() !== '');
  return inTransaction([
    ...forEachTable((table) => `DELETE FROM ${table} WHERE pipeline_logging_id IN UNNEST(@runs)`),
    ...filled.map((table) => {
      const columns = Object.entries(HISTORY_TABLES[table]);
      const values = columns.map(([column, type]) => valueOf(column, type));
      return `INSERT INTO ${table} (${columns.map(([column]) => column).join(', ')})
SELECT ${values.join(', ')} FROM UNNEST(JSON_QUERY_ARRAY(@${table})) AS record`;
    }),
  ]);
}

function valueOf(column: string, type: HistoryType): string {
  if (type === 'json')
    return `PARSE_JSON(JSON_QUERY(record, '$.${column}'), wide_number_mode => 'round')`;
  const text = `JSON_VALUE(record, '$.${column}')`;
  return type === 'text' ? text : `CAST(${text} AS ${TYPES[type]})`;
}

function parametersOf({
  runIds,
  rows,
}: HistoryBatch): Parameters<typeof runQuery>[1]['parameters'] {
  const lists = HISTORY_TABLE_NAMES.map((table) => {
    const lines = rows[table].split('\n').filter((line) => line.trim() !== '');
    return [table, { type: 'STRING', value: `[${lines.join(',')}]` }] as const;
  });
  return { runs: { type: 'STRING', values: runIds }, ...Object.fromEntries(lists) };
}
