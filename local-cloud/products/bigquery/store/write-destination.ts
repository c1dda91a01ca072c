import type { Field } from 'googlesql/field.ts';
import { BigQueryError } from '../bigquery-error.ts';
import { appendSchema, shapeOf } from '../resource/append-schema.ts';
import type { Layout } from '../resource/partitioning.ts';
import { showTable } from '../resource/reference.ts';
import type { TableReference } from '../resource/reference.ts';
import type { SchemaField } from '../resource/schema.ts';
import { makeTable } from '../resource/table.ts';
import type { KeptTable } from '../resource/table.ts';
import type { BigQueryStore } from './bigquery-store.ts';
import { rowRewriter } from './rewrite-row.ts';

export interface Destination extends Layout {
  readonly reference: TableReference;
  readonly writeDisposition: string;
  readonly createDisposition?: string;
  readonly schemaUpdateOptions?: readonly string[];
  readonly fields: readonly Field[];
  readonly rows: readonly Buffer[];
  readonly now: Date;
}

interface Write {
  /** In a transaction of SQLite. */
  readonly apply: () => void;
  /** Once, whether it was applied or not. */
  readonly end: () => void;
}

/**
 * What a job does to its destination table, checked; waits for whoever changes the table now.
 * @throws BigQueryError where the table, its rows or its schema forbid it
 */
export async function writeDestination(store: BigQueryStore, wanted: Destination): Promise<Write> {
  const { reference, writeDisposition, createDisposition = 'CREATE_IF_NEEDED', rows } = wanted;
  const table = store.tables.findTable(reference);
  if (!table) {
    const { projectId, datasetId } = reference;
    const dataset = store.tables.findDataset(reference);
    if (!dataset)
      throw new BigQueryError('notFound', `Not found: Dataset ${projectId}:${datasetId}`);
    if (createDisposition === 'CREATE_NEVER')
      throw new BigQueryError('notFound', `Not found: Table ${showTable(reference)}`);
    const draft = makeTable(dataset, resourceOf(wanted), wanted.now);
    const apply = (): void => {
      const { key } = store.replaceTable(draft);
      store.rows.apply([{ tableKey: key, removed: [], added: rows }]);
    };
    return { apply, end: () => undefined };
  }
  if (table.type === 'VIEW')
    throw new BigQueryError(
      'invalid',
      `${showTable(reference)} is a view, and cannot be written to.`,
    );
  if (writeDisposition === 'WRITE_EMPTY' && store.rows.measure(table.key).rows > 0)
    throw new BigQueryError('duplicate', `Already Exists: Table ${showTable(reference)}`);
  if (writeDisposition === 'WRITE_TRUNCATE') return truncate(store, table, wanted);
  return append(store, table, wanted);
}

function resourceOf({
  reference,
  fields,
  timePartitioning,
  rangePartitioning,
  clustering,
}: Destination) {
  return {
    tableReference: reference,
    schema: { fields },
    ...(timePartitioning ? { timePartitioning } : {}),
    ...(rangePartitioning ? { rangePartitioning } : {}),
    ...(clustering ? { clustering } : {}),
  };
}

/** The schema becomes that of the new rows; the layout stays. */
async function truncate(
  store: BigQueryStore,
  table: KeptTable,
  wanted: Destination,
): Promise<Write> {
  const after = changed(table, wanted.fields, wanted);
  const transaction = await store.beginWith(table);
  transaction.empty(after);
  transaction.add(after, wanted.rows);
  const hasOtherRows = shapeOf(table.schema.fields) !== shapeOf(wanted.fields);
  const apply = (): void => {
    // Whoever still reads them would take them for rows of the new schema.
    if (hasOtherRows) store.rows.forget(table.key);
    store.tables.writeTable(after);
    transaction.apply();
  };
  return { apply, end: () => transaction.end() };
}

function append(store: BigQueryStore, table: KeptTable, wanted: Destination): Write {
  const before = table.schema.fields;
  const fields = appendedSchema(table, wanted);
  const places = placesOf(fields, wanted.fields);
  const rewrite = rowRewriter(wanted.fields, fields, places);
  const isSame = shapeOf(fields) === shapeOf(wanted.fields);
  const after = changed(table, fields, wanted);
  const transaction = store.begin();
  transaction.add(after, isSame ? wanted.rows : wanted.rows.map(rewrite));
  const isLonger = shapeOf(before) !== shapeOf(fields);
  const apply = (): void => {
    if (isLonger)
      store.rows.rewrite(table.key, rowRewriter(before, fields, placesOf(fields, before)));
    store.tables.writeTable(after);
    transaction.apply();
  };
  return { apply, end: () => transaction.end() };
}

function changed(table: KeptTable, fields: readonly Field[], { now }: Destination): KeptTable {
  return { ...table, schema: { fields }, lastModifiedTime: String(now.getTime()) };
}

/** Where in rows of `from` the columns of `fields` are; null: nowhere. */
function placesOf(fields: readonly Field[], from: readonly Field[]): (number | null)[] {
  const names = from.map(({ name }) => name.toLowerCase());
  return fields.map(({ name }) => {
    const place = names.indexOf(name.toLowerCase());
    return place === -1 ? null : place;
  });
}

function appendedSchema(
  { schema, tableReference }: KeptTable,
  { fields, schemaUpdateOptions: options = [] }: Destination,
): SchemaField[] {
  const refuse = (why: string): never => {
    const name = showTable(tableReference);
    throw new BigQueryError('invalid', `Provided Schema does not match Table ${name}. ${why}`);
  };
  return appendSchema(schema.fields, fields, { options, path: '', refuse });
}
