import { BigQueryError } from '../bigquery-error.ts';
import { shapeOf } from '../resource/append-schema.ts';
import { etagOf } from '../resource/dataset.ts';
import { showTable } from '../resource/reference.ts';
import {
  changeTable,
  draftOf,
  makeTable,
  renderTable,
  renderTableItem,
} from '../resource/table.ts';
import type { KeptTable, TableDraft } from '../resource/table.ts';
import { analyzeStatement, parseScript } from '../sql/analyze-statement.ts';
import { rowRewriter } from '../store/rewrite-row.ts';
import { readBody, readPage, requireEtag } from './bigquery-call.ts';
import type { BigQueryCall, Method, PathParameters, RouteDeps } from './bigquery-call.ts';
import { datasetReference } from './dataset-methods.ts';

/** https://cloud.google.com/bigquery/docs/reference/rest/v2/tables */
export const tableMethods: Readonly<Record<string, Method>> = {
  'bigquery.tables.insert': async (call, path) => {
    const { deps, host } = call;
    const { store } = deps;
    const body = await readBody(call, 'Table');
    const dataset = store.tables.requireDataset(datasetReference(path));
    const draft = await withViewSchema(deps, makeTable(dataset, body, deps.now()));
    if (store.tables.findTable(draft.tableReference))
      throw new BigQueryError(
        'duplicate',
        `Already Exists: Table ${showTable(draft.tableReference)}`,
      );
    return render(
      deps,
      store.atomically(() => store.replaceTable(draft)),
      host,
    );
  },
  'bigquery.tables.get': ({ deps, host }, path) =>
    render(deps, deps.store.tables.requireTable(tableReference(path)), host),
  'bigquery.tables.list': ({ deps, query }, path) => {
    const { tables } = deps.store;
    tables.requireDataset(datasetReference(path));
    const all = tables.listTables(datasetReference(path));
    const { items, ...more } = readPage(all, query);
    return {
      kind: 'bigquery#tableList',
      etag: etagOf(all),
      tables: items.map(renderTableItem),
      totalItems: all.length,
      ...more,
    };
  },
  'bigquery.tables.patch': (call, path) => change(call, path, true),
  'bigquery.tables.update': (call, path) => change(call, path, false),
  'bigquery.tables.delete': ({ deps }, path) => {
    const { store } = deps;
    const table = store.tables.requireTable(tableReference(path));
    store.atomically(() => store.dropTable(table));
    return undefined;
  },
};

function render({ store }: RouteDeps, table: KeptTable, host: string): object {
  return renderTable(table, store.rows.measure(table.key), host);
}

async function change(call: BigQueryCall, path: PathParameters, isPatch: boolean): Promise<object> {
  const { deps, host } = call;
  const { store } = deps;
  const body = await readBody(call, 'Table');
  const reference = tableReference(path);
  const draft = await withViewSchema(
    deps,
    changeTable(store.tables.requireTable(reference), body, { isPatch, now: deps.now() }),
  );
  // Read again: the analyzer was waited for.
  const before = store.tables.requireTable(reference);
  requireEtag(call, etagOf(draftOf(before)));
  const after = store.atomically(() => {
    const isSame = shapeOf(before.schema.fields) === shapeOf(draft.schema.fields);
    if (before.type === 'TABLE' && !isSame) rewrite(store, before, draft);
    return store.tables.writeTable({ ...draft, key: before.key });
  });
  return render(deps, after, host);
}

function rewrite({ rows }: RouteDeps['store'], before: KeptTable, after: TableDraft): void {
  const [old, fields] = [before.schema.fields, after.schema.fields];
  const places = fields.map((_, at) => (at < old.length ? at : null));
  rows.rewrite(before.key, rowRewriter(old, fields, places));
}

/** A view has the columns of its query. */
async function withViewSchema(
  { engine, store }: RouteDeps,
  draft: TableDraft,
): Promise<TableDraft> {
  if (!draft.view) return draft;
  const { query } = draft.view;
  const scope = { projectId: draft.tableReference.projectId, defaultDataset: null, parameters: [] };
  const [statement] = await parseScript(engine, query);
  if (statement?.kind !== 'query')
    throw new BigQueryError('invalid', 'A view needs one SELECT statement.');
  const { fields } = await analyzeStatement(
    { engine, tables: store.tables },
    { script: query, statement, scope },
  );
  return { ...draft, schema: { fields: fields ?? [] } };
}

export function tableReference(path: PathParameters) {
  return { ...datasetReference(path), tableId: path['tableId'] ?? '' };
}
