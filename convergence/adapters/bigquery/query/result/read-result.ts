import type { TableField } from '@google-cloud/bigquery';
import { fail } from '../../../../engine/error-codes.ts';
import type { QueryResult } from '../../../../engine/flow/warehouse.ts';
import type { ApiCall, BigQueryClient } from '../../client/bigquery-client.ts';
import type { RawRow } from '../../client/run-query.ts';
import { typeText } from './type-text.ts';
import { toJson } from './result-cell.ts';

/** Results are for people and pages; what is larger is a table. */
const MAX_RESULT_BYTES = 8 * 1024 * 1024;
/** BigQuery sends fewer where they are large: a page has 10 MB at most. */
const PAGE_ROWS = 2000;

interface Page {
  readonly schema?: { readonly fields?: readonly TableField[] };
  readonly rows?: readonly RawRow[];
  readonly pageToken?: string;
}

export interface ResultPlace {
  /** Of the result of a job, or of the rows of a table. */
  readonly path: string;
  readonly query?: ApiCall['query'];
  /** Of a table, whose rows come without. */
  readonly fields?: readonly TableField[];
}

/**
 * Up to `maxRows` rows, fewer where they are large; only a page more than that is ever in memory.
 * @throws result_too_large
 */
export async function readResult(
  client: BigQueryClient,
  { path, query, fields: known }: ResultPlace,
  { maxRows, signal }: { maxRows: number; signal?: AbortSignal | undefined },
): Promise<QueryResult> {
  const rows: (readonly unknown[])[] = [];
  let [sizeBytes, pageToken]: [number, string | undefined] = [0, undefined];
  for (;;) {
    const asked = {
      ...query,
      'formatOptions.useInt64Timestamp': true,
      maxResults: Math.min(PAGE_ROWS, maxRows - rows.length + 1),
      ...(pageToken !== undefined && { pageToken }),
    };
    const page: Page = await client.call<Page>({ method: 'GET', path, query: asked }, signal);
    const fields = known ?? page.schema?.fields ?? [];
    const columns = fields.map((field) => ({ name: field.name ?? '', type: typeText(field) }));
    for (const { f } of page.rows ?? []) {
      if (rows.length === maxRows) return { columns, rows, truncated: true };
      const row = fields.map((field, index) => toJson(f[index]?.v, field));
      sizeBytes += Buffer.byteLength(JSON.stringify(row));
      if (sizeBytes > MAX_RESULT_BYTES && rows.length === 0) throw tooLarge();
      if (sizeBytes > MAX_RESULT_BYTES) return { columns, rows, truncated: true };
      rows.push(row);
    }
    pageToken = page.pageToken;
    if (pageToken === undefined || pageToken === '') return { columns, rows, truncated: false };
  }
}

function tooLarge(): Error {
  const limit = `${MAX_RESULT_BYTES / 1024 / 1024} MiB`;
  return fail('result_too_large', `the first rows of the result are larger than ${limit}`, {
    hint: 'Select fewer columns, or parts of them.',
  });
}
