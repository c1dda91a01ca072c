import { BigQueryError } from '../bigquery-error.ts';
import type { KeptTable } from '../resource/table.ts';
import type { RowStore } from '../store/row-store.ts';
import type { AnalyzedStatement } from './analyze-statement.ts';

const MEBIBYTE = 1024 * 1024;
const MIN_PER_TABLE = 10 * MEBIBYTE;

/** Of all columns of the tables that a statement reads. */
export function bytesProcessed({ placed }: AnalyzedStatement, rows: RowStore): number {
  const read = placed.filter(({ path, table }) => !path.isTarget && table.type === 'TABLE');
  const keys = new Set(read.map(({ table }) => table.key));
  return [...keys].reduce((sum, key) => sum + rows.measure(key).sizeBytes, 0);
}

/** At least 10 MiB for each table, in whole MiB: https://cloud.google.com/bigquery/pricing. */
export function bytesBilled(bytes: number, tables: readonly KeptTable[]): number {
  const read = tables.filter(({ type }) => type === 'TABLE').length;
  return Math.max(Math.ceil(bytes / MEBIBYTE) * MEBIBYTE, read * MIN_PER_TABLE);
}

export function requireBytesBilled(billed: number, limit: number | null): void {
  if (limit === null || billed <= limit) return;
  throw new BigQueryError(
    'bytesBilledLimitExceeded',
    `Query exceeded limit for bytes billed: ${limit}. ${billed} or higher required.`,
  );
}
