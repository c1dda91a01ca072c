import type { Field } from 'googlesql/field.ts';
import { BigQueryError } from '../bigquery-error.ts';
import type { KeptTable } from '../resource/table.ts';
import type { RowStore } from '../store/row-store.ts';
import { renderRow } from '../value/render-cell.ts';
import { readRow } from '../value/value.ts';
import { readMaxResults, readToken } from './bigquery-call.ts';

/** https://cloud.google.com/bigquery/quotas: a page has at most 10 MB, and here at most so many rows. */
const MAX_ROWS = 100_000;
const MAX_BYTES = 10 * 1024 * 1024;

export interface RowPage {
  readonly totalRows: string;
  readonly rows: readonly object[];
  readonly pageToken?: string;
}

/** Rows of a table from where the query says, as many as it says and as fit in an answer. */
export function readRowPage(
  rows: RowStore,
  { key, schema }: KeptTable,
  query: URLSearchParams,
): RowPage {
  const options = { useInt64Timestamp: query.get('formatOptions.useInt64Timestamp') === 'true' };
  const start = query.get('pageToken') ? readToken(query) : Number(query.get('startIndex') ?? 0);
  const limit = Math.min(readMaxResults(query) ?? MAX_ROWS, MAX_ROWS);
  const total = rows.measure(key).rows;
  const selected = selectFields(schema.fields, query.get('selectedFields'));
  const page: object[] = [];
  let sizeBytes = 0;
  for (const content of rows.page(key, start, limit)) {
    sizeBytes += content.length;
    if (sizeBytes > MAX_BYTES && page.length > 0) break;
    const values = readRow(content, schema.fields);
    page.push(
      selected
        ? renderRow(
            selected.map(({ field }) => field),
            selected.map(({ at }) => values[at] ?? null),
            options,
          )
        : renderRow(schema.fields, values, options),
    );
  }
  const next = start + page.length;
  return {
    totalRows: String(total),
    rows: page,
    ...(next < total && page.length > 0 ? { pageToken: String(next) } : {}),
  };
}

function selectFields(fields: readonly Field[], names: string | null) {
  if (!names) return null;
  const wanted = names.split(',').map((name) => name.trim().toLowerCase());
  const strange = wanted.find((name) => !fields.some((field) => field.name.toLowerCase() === name));
  if (strange !== undefined) throw new BigQueryError('invalid', `Invalid field name: ${strange}.`);
  return fields.flatMap((field, at) =>
    wanted.includes(field.name.toLowerCase()) ? [{ field, at }] : [],
  );
}
