import type { TableMetadata } from '@google-cloud/bigquery';
import { LOAD_COLUMNS } from '../../../engine/flow/normalize/column.ts';
import type { Column } from '../../../engine/flow/normalize/column.ts';
import { ROW_COLUMN } from '../../../engine/flow/part-stager.ts';
import type { PublishRequest } from '../../../engine/flow/warehouse.ts';
import type { SqlParameter } from '../client/run-query.ts';
import { TAKE_LOCK } from '../dataset/bookkeeping.ts';
import { everyPartition } from '../dataset/table-layout.ts';
import { quoteName } from '../sql-text.ts';
import { NEWER_FENCE } from './fence.ts';
import { refuseIf } from './refusal.ts';
import { publishedValue } from '../staged-type.ts';
import { stagingTable } from './staging-table.ts';

export interface Publish {
  readonly request: PublishRequest;
  /** The table that the rows go to. */
  readonly table: TableMetadata;
  readonly rowsLoaded: number;
  /** Whether rows of the batch have the same key, so that only the last of them counts. */
  readonly hasRepeatedKeys: boolean;
}

export interface Script {
  readonly sql: string;
  readonly parameters: Readonly<Record<string, SqlParameter>>;
}

/**
 * Rows, receipt and state in one transaction. No MERGE, because DELETE and INSERT say the same and
 * the order in which a merge meets rows is not defined; no DDL, because transactions take none.
 * https://cloud.google.com/bigquery/docs/transactions
 */
export function publishScript(publish: Publish): Script {
  const { request } = publish;
  const statements = [
    'BEGIN TRANSACTION',
    TAKE_LOCK,
    `SELECT ${[...REFUSALS].join(', ')}`,
    ...forgetQuarantine(request),
    writeState(request),
    ...removeRows(publish),
    insertRows(publish),
    WRITE_RECEIPT,
    'COMMIT TRANSACTION',
  ];
  return { sql: statements.map((one) => `${one};\n`).join(''), parameters: parametersOf(publish) };
}

const REFUSALS = [
  refuseIf(
    'already_published',
    'EXISTS (SELECT 1 FROM _convergence_loads WHERE load_id = @load_id)',
  ),
  refuseIf('lease_lost', NEWER_FENCE),
  refuseIf(
    'state_moved',
    'IFNULL((SELECT MAX(version) FROM _convergence_state WHERE key = @state_key), 0) != @state_version',
  ),
];

/** An earlier attempt of this load may have set rows aside that are good now. */
function forgetQuarantine({ report }: PublishRequest): string[] {
  return report.rowsQuarantined > 0 ? [] : ['DELETE FROM _quarantine WHERE load_id = @load_id'];
}

function writeState({ stateVersion }: PublishRequest): string {
  return stateVersion === 0
    ? `INSERT INTO _convergence_state (key, version, state, load_id)
  VALUES (@state_key, 1, @state, @load_id)`
    : `UPDATE _convergence_state SET version = version + 1, state = @state, load_id = @load_id
  WHERE key = @state_key`;
}

function removeRows({ request, table }: Publish): string[] {
  const name = quoteName(request.table);
  const all = everyPartition(table, quoteName);
  if (request.disposition === 'replace') return [`DELETE FROM ${name} WHERE ${all}`];
  if (request.disposition !== 'merge') return [];
  const staging = quoteName(stagingTable(request.staging));
  const same = keyColumns(request).map(
    (key) => `${comparable(`${name}.${quoteName(key.name)}`, key)} = ${stagedKey('staged', key)}`,
  );
  return [
    `DELETE FROM ${name} WHERE ${all} AND EXISTS (
  SELECT 1 FROM ${staging} AS staged WHERE ${same.join(' AND ')})`,
  ];
}

function insertRows({ request, hasRepeatedKeys }: Publish): string {
  const { columns } = request.plan;
  const names = [...columns.map(({ name }) => name), ...LOAD_COLUMNS].map(quoteName);
  const values = columns.map(({ name, type }) => publishedValue(`staged.${quoteName(name)}`, type));
  const staging = quoteName(stagingTable(request.staging));
  const last = hasRepeatedKeys
    ? `
  WHERE staged.${ROW_COLUMN} IN (
    SELECT MAX(${ROW_COLUMN}) FROM ${staging} AS staged GROUP BY ${groupedKeys(request)})`
    : '';
  return `INSERT INTO ${quoteName(request.table)} (${names.join(', ')})
  SELECT ${[...values, '@load_id', '@loaded_at'].join(', ')}
  FROM ${staging} AS staged${last}`;
}

const WRITE_RECEIPT = `INSERT INTO _convergence_loads
  (load_id, run_id, table_name, fence, state, rows_in, rows_loaded, rows_quarantined, measurements, published_at)
  VALUES (@load_id, @run_id, @table_name, @fence, 'published', @rows_in, @rows_loaded,
    @rows_quarantined, @measurements, @loaded_at)`;

/** Counts what a merge has to know of the keys of its batch. */
export function countKeysSql(request: PublishRequest): string {
  const staging = quoteName(stagingTable(request.staging));
  const keys = groupedKeys(request);
  const missing = request.primaryKey.map((key) => `${quoteName(key)} IS NULL`).join(' OR ');
  return `SELECT COUNT(*) AS all_rows, COUNTIF(${missing}) AS missing,
  (SELECT COUNT(*) FROM (SELECT 1 FROM ${staging} AS staged GROUP BY ${keys})) AS different
FROM ${staging}`;
}

function groupedKeys(request: PublishRequest): string {
  return keyColumns(request)
    .map((key) => stagedKey('staged', key))
    .join(', ');
}

function keyColumns({ primaryKey, plan }: PublishRequest): Column[] {
  return primaryKey.flatMap((key) => plan.columns.find(({ name }) => name === key) ?? []);
}

function stagedKey(alias: string, { name, type }: Column): string {
  const value = `${alias}.${quoteName(name)}`;
  return comparable(publishedValue(value, type), { name, type });
}

/** BigQuery neither compares nor groups by JSON, structs and lists. */
function comparable(value: string, { type }: Column): string {
  return ['json', 'struct', 'array'].includes(type.kind) ? `TO_JSON_STRING(${value})` : value;
}

function parametersOf({ request, rowsLoaded }: Publish): Script['parameters'] {
  const { report } = request;
  const text = (value: string) => ({ type: 'STRING', value }) as const;
  const integer = (value: number | bigint) => ({ type: 'INT64', value: String(value) }) as const;
  return {
    load_id: text(request.loadId),
    run_id: text(request.runId),
    table_name: text(request.table),
    fence: integer(request.fence),
    state_key: text(request.stateKey),
    state_version: integer(request.stateVersion),
    state: text(JSON.stringify(request.state)),
    rows_in: integer(report.rowsIn),
    rows_loaded: integer(rowsLoaded),
    rows_quarantined: integer(report.rowsQuarantined),
    measurements: text(JSON.stringify(report.measurements)),
    loaded_at: { type: 'TIMESTAMP', value: request.loadedAt.toISOString() },
  };
}
