import type { TableField } from '@google-cloud/bigquery';
import type { RawRow, SqlParameter } from '../client/run-query.ts';
import { readRows, runQuery } from '../client/run-query.ts';
import type { TenantDataset } from './tenant-dataset.ts';

export interface OwnSql {
  /** For a statement that must not run twice. */
  readonly id?: string;
  readonly sql: string;
  readonly parameters?: Readonly<Record<string, SqlParameter>>;
}

/** Of our own SQL: a value is text as BigQuery sends it, a list is a list of them. */
export type TextRow = Readonly<Record<string, unknown>>;

const MAX_ROWS = 10_000;

/** Runs SQL of the product itself in the dataset of a tenant. */
export async function runSql(
  { client, id, labels }: TenantDataset,
  { id: jobId, ...own }: OwnSql,
  signal?: AbortSignal,
): Promise<void> {
  const job = jobId === undefined ? {} : { id: jobId };
  await runQuery(client, { ...own, ...job, dataset: id, labels }, signal);
}

/** As `runSql`, for a transaction that changes tables of the product. */
export function runTransaction(
  dataset: TenantDataset,
  own: OwnSql,
  signal?: AbortSignal,
): Promise<void> {
  return dataset.turn.take(() => runSql(dataset, own, signal), signal);
}

/** The rows of a small result. */
export async function selectRows(
  { client, id, labels }: TenantDataset,
  own: OwnSql,
  signal?: AbortSignal,
): Promise<TextRow[]> {
  const job = await runQuery(client, { ...own, dataset: id, labels }, signal);
  const limits = { maxRows: MAX_ROWS, ...(signal && { signal }) };
  const { fields, rows } = await readRows(client, job, limits);
  return rows.map((row) => byName(fields, row));
}

function byName(fields: readonly TableField[], { f }: RawRow): TextRow {
  const named = fields.map(({ name = '' }, index) => [name, f[index]?.v ?? null] as const);
  return Object.fromEntries<unknown>(named);
}
