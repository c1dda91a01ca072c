import type { DuckDBConnection } from '@duckdb/node-api';
import { fail } from '../../../engine/error-codes.ts';
import type {
  QuarantineGroup,
  QueryLimits,
  QueryResult,
  TableDetail,
  TableSummary,
} from '../../../engine/flow/warehouse.ts';
import { suggest } from 'base/document/nearest.ts';
import { identifier, literal, readRows } from '../run-sql.ts';
import { readResult } from './result/read-result.ts';
import { checkSelect } from './select-gate.ts';
import { sqlInvalid } from './sql-invalid.ts';

/** Tables of the product that mean nothing to a tenant, and tables that are being filled. */
const HIDDEN = /^_(?:convergence|staging)_/;

/** Tables and views of the dataset by name, with the quarantine, with exact counts. */
export async function listTables(connection: DuckDBConnection): Promise<TableSummary[]> {
  const found = await readRows<{ name: string; kind: 'table' | 'view' }>(
    connection,
    `SELECT table_name AS name, if(table_type = 'VIEW', 'view', 'table') AS kind
     FROM information_schema.tables
     WHERE table_catalog = current_database() AND table_schema = 'main' ORDER BY name`,
  );
  const shown = found.filter(({ name }) => !HIDDEN.test(name));
  const counts = await countRows(connection, shown);
  return shown.map(({ name, kind }) => ({ name, kind, rows: counts.get(name) ?? null }));
}

/** DuckDB counts from metadata, which for a thousand tables is one statement of milliseconds. */
async function countRows(
  connection: DuckDBConnection,
  found: readonly Pick<TableSummary, 'name' | 'kind'>[],
): Promise<ReadonlyMap<string, number>> {
  const counts = found
    .filter(({ kind }) => kind === 'table')
    .map(
      ({ name }) => `SELECT ${literal(name)} AS name, count(*) AS rows FROM ${identifier(name)}`,
    );
  if (counts.length === 0) return new Map();
  const rows = await readRows<{ name: string; rows: bigint }>(
    connection,
    counts.join(' UNION ALL '),
  );
  return new Map(rows.map(({ name, rows }) => [name, Number(rows)]));
}

/** @throws table_absent */
export async function tableDetail(
  connection: DuckDBConnection,
  table: string,
): Promise<TableDetail> {
  const summary = await findTable(connection, table);
  const columns = await readRows<{ name: string; type: string }>(
    connection,
    `SELECT column_name AS name, column_type AS type FROM (DESCRIBE ${identifier(summary.name)})`,
  );
  return { ...summary, columns, lastLoad: await findLastLoad(connection, summary.name) };
}

async function findTable(connection: DuckDBConnection, table: string): Promise<TableSummary> {
  const tables = await listTables(connection);
  const found = tables.find(({ name }) => name.toLowerCase() === table.toLowerCase());
  if (found) return found;
  const names = tables.map(({ name }) => name);
  throw fail('table_absent', `there is no table '${table}'`, { hint: suggest(table, names) });
}

interface LoadRow {
  readonly id: string;
  readonly moment: Date;
  readonly rows: bigint | null;
}

/** The newest load of a source, or build of a transform, which has the id of its run. */
async function findLastLoad(
  connection: DuckDBConnection,
  table: string,
): Promise<TableDetail['lastLoad']> {
  const newest = `SELECT load_id AS id, published_at AS moment, rows_loaded AS rows
    FROM _convergence_loads WHERE table_name = $1 ORDER BY moment DESC LIMIT 1`;
  const built = `SELECT run_id AS id, built_at AS moment, rows FROM _convergence_models WHERE name = $1`;
  const [load] = await readRows<LoadRow>(connection, newest, [table]);
  const last = load ?? (await readRows<LoadRow>(connection, built, [table]))[0];
  if (!last) return null;
  return { loadId: last.id, loadedAt: last.moment.toISOString(), rows: Number(last.rows ?? 0) };
}

/** The first rows of a table, in no order. @throws table_absent, result_too_large */
export async function previewTable(
  connection: DuckDBConnection,
  table: string,
  limit: number,
): Promise<QueryResult> {
  const { name } = await findTable(connection, table);
  const result = await connection.stream(`FROM ${identifier(name)} LIMIT ${limit + 1}`);
  return readResult(result, limit);
}

const INTERRUPT_EVERY_MS = 50;

/**
 * Runs SQL of the tenant, which can change nothing.
 * @throws sql_invalid, sql_forbidden, result_too_large, query_timeout
 */
export async function runQuery(
  connection: DuckDBConnection,
  sql: string,
  { maxRows, timeoutMs }: QueryLimits,
): Promise<QueryResult> {
  await checkSelect(connection, sql);
  let knocking: NodeJS.Timeout | undefined;
  const timer = setTimeout(() => {
    knocking = setInterval(() => connection.interrupt(), INTERRUPT_EVERY_MS);
    connection.interrupt();
  }, timeoutMs);
  await connection.run('BEGIN TRANSACTION READ ONLY');
  try {
    return await readResult(await connection.stream(sql), maxRows);
  } catch (error) {
    if (knocking) throw tooSlow(timeoutMs);
    throw sqlInvalid(error, { sql });
  } finally {
    clearTimeout(timer);
    clearInterval(knocking);
    await connection.run('ROLLBACK');
  }
}

function tooSlow(timeoutMs: number): Error {
  return fail('query_timeout', `the query was stopped after ${timeoutMs / 1000} s`, {
    hint: 'Read fewer rows, or write the result to a table with a transform.',
  });
}

const EXAMPLES = 3;
const MAX_RECORD_CHARACTERS = 2_000;

/** What a run set aside, by table and rule, the largest group first. */
export async function quarantineSummary(
  connection: DuckDBConnection,
  runId: string,
): Promise<QuarantineGroup[]> {
  const record = `left(CAST(record AS VARCHAR), ${MAX_RECORD_CHARACTERS})`;
  const example = `{'part': part, 'row': "row", 'record': ${record}}`;
  const groups = await readRows<{ table: string; rule: string; rows: bigint; examples: string }>(
    connection,
    `SELECT table_name AS "table", rule, count(*) AS rows,
       CAST(to_json(min(${example}, ${EXAMPLES})) AS VARCHAR) AS examples
     FROM (SELECT *, unnest(rules) AS rule FROM _quarantine WHERE run_id = $1)
     GROUP BY ALL ORDER BY rows DESC, 1, 2`,
    [runId],
  );
  return groups.map(({ table, rule, rows, examples }) => ({
    table,
    rule,
    rows: Number(rows),
    examples: JSON.parse(examples) as QuarantineGroup['examples'],
  }));
}
