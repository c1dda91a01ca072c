import type { TableMetadata } from '@google-cloud/bigquery';
import { suggest } from 'base/document/nearest.ts';
import { fail } from '../../../engine/error-codes.ts';
import type {
  QueryLimits,
  QueryResult,
  TableDetail,
  TableSummary,
} from '../../../engine/flow/warehouse.ts';
import { selectRows } from '../dataset/run-sql.ts';
import { findTable, listAllTables } from '../dataset/table.ts';
import type { TenantDataset } from '../dataset/tenant-dataset.ts';
import { quoteName } from '../sql-text.ts';
import { readResult } from './result/read-result.ts';
import { allowSelect, runSelect } from './select/run-select.ts';
import { typeText } from './result/type-text.ts';

/** Tables of the product that mean nothing to a tenant, and tables that are being filled. */
const HIDDEN = /^_(?:convergence|staging)_/;
/** Each costs a call; BigQuery takes a hundred a second from one user. */
const AT_ONCE = 16;

/** Tables and views of the dataset by name, with the quarantine, with exact counts. */
export async function listTables(dataset: TenantDataset): Promise<TableSummary[]> {
  const names = (await listAllTables(dataset))
    .map(({ tableReference }) => tableReference?.tableId ?? '')
    .filter((name) => !HIDDEN.test(name))
    .toSorted();
  const summaries: TableSummary[] = [];
  for (let at = 0; at < names.length; at += AT_ONCE) {
    const some = names.slice(at, at + AT_ONCE).map((name) => findTable(dataset, name));
    const found = await Promise.all(some);
    summaries.push(...found.filter((table) => table !== null).map(summaryOf));
  }
  return summaries;
}

function summaryOf(table: TableMetadata): TableSummary {
  const name = table.tableReference?.tableId ?? '';
  if (table.type === 'VIEW') return { name, kind: 'view', rows: null };
  return { name, kind: 'table', rows: Number(table.numRows ?? 0) };
}

/** @throws table_absent */
export async function tableDetail(dataset: TenantDataset, table: string): Promise<TableDetail> {
  const found = await requireTable(dataset, table);
  const summary = summaryOf(found);
  const fields = found.schema?.fields ?? [];
  const columns = fields.map((field) => ({ name: field.name ?? '', type: typeText(field) }));
  return { ...summary, columns, lastLoad: await findLastLoad(dataset, summary.name) };
}

/** By its name, or by one that differs in case only, which BigQuery tells apart. */
async function requireTable(dataset: TenantDataset, table: string): Promise<TableMetadata> {
  const found = HIDDEN.test(table) ? null : await findTable(dataset, table);
  if (found) return found;
  const names = (await listTables(dataset)).map(({ name }) => name);
  const other = names.find((name) => name.toLowerCase() === table.toLowerCase());
  const again = other === undefined ? null : await findTable(dataset, other);
  if (again) return again;
  throw fail('table_absent', `there is no table '${table}'`, { hint: suggest(table, names) });
}

/** The newest load of a source, or build of a transform, which has the id of its run. */
async function findLastLoad(
  dataset: TenantDataset,
  table: string,
): Promise<TableDetail['lastLoad']> {
  const parameters = { table: { type: 'STRING', value: table } } as const;
  const sql = `SELECT id, UNIX_MILLIS(moment) AS millis, n FROM (
    SELECT load_id AS id, published_at AS moment, rows_loaded AS n, 1 AS place
    FROM _convergence_loads WHERE table_name = @table
    UNION ALL
    SELECT run_id, built_at, \`rows\`, 2 FROM _convergence_models WHERE name = @table
  ) ORDER BY place, moment DESC LIMIT 1`;
  const [last] = await selectRows(dataset, { sql, parameters });
  if (!last) return null;
  const loadedAt = new Date(Number(last.millis)).toISOString();
  return { loadId: String(last.id), loadedAt, rows: Number(last.n ?? 0) };
}

/** The first rows of a table, in no order; of a table, but not of a view, they cost nothing. */
export async function previewTable(
  dataset: TenantDataset,
  table: string,
  { maxRows, maxBytesBilled }: Pick<BigQueryLimits, 'maxRows' | 'maxBytesBilled'>,
): Promise<QueryResult> {
  const found = await requireTable(dataset, table);
  const name = found.tableReference?.tableId ?? '';
  if (found.type === 'VIEW') {
    const sql = `SELECT * FROM ${quoteName(name)} LIMIT ${maxRows + 1}`;
    const limits = { maxRows, maxBytesBilled, timeoutMs: PREVIEW_TIMEOUT_MS };
    return runTenantQuery(dataset, { sql, limits });
  }
  const path = `/datasets/${dataset.id}/tables/${encodeURIComponent(name)}/data`;
  const fields = found.schema?.fields ?? [];
  return readResult(dataset.client, { path, fields }, { maxRows });
}

const PREVIEW_TIMEOUT_MS = 30_000;

export interface BigQueryLimits extends QueryLimits {
  readonly maxBytesBilled?: number | undefined;
}

/**
 * Runs SQL of the tenant, which can change nothing.
 * @throws sql_invalid, sql_forbidden, result_too_large, query_timeout, query_too_expensive
 */
export async function runTenantQuery(
  dataset: TenantDataset,
  { sql, limits }: { sql: string; limits: BigQueryLimits },
  signal?: AbortSignal,
): Promise<QueryResult> {
  const { client } = dataset;
  const { maxRows, timeoutMs } = limits;
  return withDeadline({ timeoutMs, signal }, async (until) => {
    const allowed = await allowSelect(dataset, { sql }, until);
    const run = { given: { sql }, sql: allowed.sql, limits };
    const { jobReference } = await runSelect(dataset, run, until);
    const path = `/queries/${jobReference?.jobId}`;
    const place = { path, query: { location: client.location } };
    return readResult(client, place, { maxRows, signal: until });
  });
}

/** @throws query_timeout */
export async function withDeadline<T>(
  { timeoutMs, signal }: { timeoutMs: number; signal?: AbortSignal | undefined },
  work: (until: AbortSignal) => Promise<T>,
): Promise<T> {
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(tooSlow(timeoutMs)), timeoutMs);
  try {
    return await work(signal ? AbortSignal.any([signal, limit.signal]) : limit.signal);
  } finally {
    clearTimeout(timer);
  }
}

function tooSlow(timeoutMs: number): Error {
  return fail('query_timeout', `the query was stopped after ${timeoutMs / 1000} s`, {
    hint: 'Read fewer rows, or write the result to a table with a transform.',
  });
}
