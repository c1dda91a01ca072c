import { etagOf } from '../resource/dataset.ts';
import { BigQueryError } from '../bigquery-error.ts';
import type { ErrorProto } from '../bigquery-error.ts';
import type { KeptTable } from '../resource/table.ts';
import { ByteWriter } from '../value/byte-writer.ts';
import { parseJsonRow, ValueError } from '../value/parse-json-value.ts';
import { writeRow } from '../value/value.ts';
import { readBody } from './bigquery-call.ts';
import type { Method } from './bigquery-call.ts';
import type { InsertIds } from './insert-ids.ts';
import { readRowPage } from './row-page.ts';
import { tableReference } from './table-methods.ts';

interface InsertAll {
  readonly rows?: readonly { readonly insertId?: string; readonly json?: object }[];
  readonly skipInvalidRows?: boolean;
  readonly ignoreUnknownValues?: boolean;
  readonly templateSuffix?: string | null;
}

/** https://cloud.google.com/bigquery/docs/reference/rest/v2/tabledata */
export function rowMethods(insertIds: InsertIds): Readonly<Record<string, Method>> {
  return {
    'bigquery.tabledata.list': ({ deps, query }, path) => {
      const table = deps.store.tables.requireTable(tableReference(path));
      if (table.type === 'VIEW')
        throw new BigQueryError('invalid', `Cannot list a table of type VIEW.`);
      const page = readRowPage(deps.store.rows, table, query);
      return { kind: 'bigquery#tableDataList', etag: etagOf(page), ...page };
    },
    'bigquery.tabledata.insertAll': async (call, path) => {
      const body = (await readBody(call, 'TableDataInsertAllRequest')) as InsertAll;
      const { store, now } = call.deps;
      const table = store.tables.requireTable(tableReference(path));
      requireInsertable(table, body);
      const { contents, insertErrors } = readRows(table, body, {
        isNew: (id) => insertIds.isNew(`${table.key}.${id}`, now()),
      });
      const tableKey = table.key;
      store.atomically(() => store.rows.apply([{ tableKey, removed: [], added: contents }]));
      return {
        kind: 'bigquery#tableDataInsertAllResponse',
        ...(insertErrors.length > 0 ? { insertErrors } : {}),
      };
    },
  };
}

function requireInsertable(table: KeptTable, { rows = [], templateSuffix }: InsertAll): void {
  if (table.type === 'VIEW')
    throw new BigQueryError('invalid', 'Cannot add rows to a table of type VIEW.');
  if (templateSuffix !== undefined && templateSuffix !== null)
    throw new BigQueryError('notImplemented', 'local-cloud does not model templateSuffix.');
  if (rows.length === 0) throw new BigQueryError('invalid', 'No rows present in the request.');
}

interface InsertError {
  readonly index: number;
  readonly errors: readonly (ErrorProto & { readonly debugInfo: string })[];
}

/** One bad row stops all, unless bad ones shall be skipped. */
function readRows(
  { schema }: KeptTable,
  { rows = [], skipInvalidRows = false, ignoreUnknownValues = false }: InsertAll,
  { isNew }: { readonly isNew: (insertId: string) => boolean },
) {
  const writer = new ByteWriter();
  const insertErrors: InsertError[] = [];
  const good: { readonly index: number; readonly insertId?: string; readonly content: Buffer }[] =
    [];
  for (const [index, { json, insertId }] of rows.entries()) {
    try {
      writeRow(
        writer,
        schema.fields,
        parseJsonRow(schema.fields, json, { ignoreUnknown: ignoreUnknownValues }),
      );
      good.push({ index, content: writer.take(), ...(insertId === undefined ? {} : { insertId }) });
    } catch (error) {
      if (!(error instanceof ValueError)) throw error;
      const { message, location } = error;
      insertErrors.push({
        index,
        errors: [{ reason: 'invalid', location, debugInfo: '', message }],
      });
    }
  }
  if (insertErrors.length > 0 && !skipInvalidRows) {
    for (const { index } of good)
      insertErrors.push({
        index,
        errors: [{ reason: 'stopped', location: '', debugInfo: '', message: '' }],
      });
    return { contents: [], insertErrors: insertErrors.toSorted((a, b) => a.index - b.index) };
  }
  const fresh = good.filter(({ insertId }) => insertId === undefined || isNew(insertId));
  return { contents: fresh.map(({ content }) => content), insertErrors };
}
