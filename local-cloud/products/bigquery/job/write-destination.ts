import type { Field } from 'googlesql/field.ts';
import { BigQueryError } from '../bigquery-error.ts';
import type { Layout } from '../resource/partitioning.ts';
import { showTable } from '../resource/reference.ts';
import type { TableReference } from '../resource/reference.ts';
import type { SchemaField } from '../resource/schema.ts';
import { makeTable, orderFields } from '../resource/table.ts';
import type { KeptTable } from '../resource/table.ts';
import type { BigQueryStore } from '../store/bigquery-store.ts';
import { rowRewriter } from '../store/rewrite-row.ts';
import type { Transaction } from '../store/transaction.ts';

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
  const transaction = await store.beginWith(table);
  transaction.empty(table);
  transaction.add(table, wanted.rows);
  const schema = { fields: wanted.fields as readonly SchemaField[] };
  return writeOf(store, transaction, changed({ ...table, schema }, wanted));
}

async function append(store: BigQueryStore, table: KeptTable, wanted: Destination): Promise<Write> {
  const fields = appendedSchema(table, wanted);
  const places = fields.map((field) => {
    const place = wanted.fields.findIndex(
      ({ name }) => name.toLowerCase() === field.name.toLowerCase(),
    );
    return place === -1 ? null : place;
  });
  const isSame =
    places.length === wanted.fields.length && places.every((place, at) => place === at);
  const rewrite = rowRewriter(wanted.fields, fields, places);
  const transaction = store.begin();
  transaction.add(table, isSame ? wanted.rows : wanted.rows.map(rewrite));
  return writeOf(store, transaction, changed({ ...table, schema: { fields } }, wanted));
}

function changed(table: KeptTable, { now }: Destination): KeptTable {
  return { ...table, lastModifiedTime: String(now.getTime()) };
}

function writeOf(store: BigQueryStore, transaction: Transaction, table: KeptTable): Write {
  const apply = (): void => {
    const before = store.tables.findTable(table.tableReference);
    if (before && before.schema.fields.length < table.schema.fields.length)
      store.rows.rewrite(table.key, padder(before, table));
    store.tables.writeTable(table);
    transaction.apply();
  };
  return { apply, end: () => transaction.end() };
}

/** For rows of a table that has got columns behind. */
export function padder(before: KeptTable, after: { readonly schema: KeptTable['schema'] }) {
  const places = after.schema.fields.map((_, at) => (at < before.schema.fields.length ? at : null));
  return rowRewriter(before.schema.fields, after.schema.fields, places);
}

function appendedSchema(
  table: KeptTable,
  { fields, schemaUpdateOptions = [] }: Destination,
): SchemaField[] {
  const refuse = (why: string): never => {
    const name = showTable(table.tableReference);
    throw new BigQueryError('invalid', `Provided Schema does not match Table ${name}. ${why}`);
  };
  const byName = new Map(table.schema.fields.map((field) => [field.name.toLowerCase(), field]));
  const merged = fields.map((field) => {
    const old = byName.get(field.name.toLowerCase());
    if (!old) {
      if (schemaUpdateOptions.includes('ALLOW_FIELD_ADDITION')) return field;
      return refuse(`Cannot add fields (field: ${field.name})`);
    }
    if (old.type !== field.type)
      return refuse(`Field ${field.name} has changed type from ${old.type} to ${field.type}`);
    const isRepeated = (mode = 'NULLABLE'): boolean => mode === 'REPEATED';
    if (isRepeated(old.mode) !== isRepeated(field.mode))
      return refuse(`Field ${field.name} has changed mode from ${old.mode} to ${field.mode}`);
    const isRelaxed = old.mode === 'REQUIRED' && field.mode === 'NULLABLE';
    const mayRelax = schemaUpdateOptions.includes('ALLOW_FIELD_RELAXATION');
    return isRelaxed && mayRelax ? { ...old, mode: 'NULLABLE' } : old;
  });
  const given = new Set(fields.map(({ name }) => name.toLowerCase()));
  const missing = table.schema.fields.find(
    ({ name, mode }) => mode === 'REQUIRED' && !given.has(name.toLowerCase()),
  );
  if (missing) refuse(`Field ${missing.name} is missing in new schema`);
  return orderFields(table.schema.fields, merged);
}
