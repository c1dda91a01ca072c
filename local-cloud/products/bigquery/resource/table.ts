import { BigQueryError } from '../bigquery-error.ts';
import { etagOf, mergePatch, requireLabels } from './dataset.ts';
import type { KeptDataset } from './dataset.ts';
import { requireLayout } from './partitioning.ts';
import type { Layout } from './partitioning.ts';
import { requireTableId, showTable } from './reference.ts';
import type { TableReference } from './reference.ts';
import { readFields, requireCompatible } from './schema.ts';
import type { SchemaField } from './schema.ts';

/** What is kept of a table, without its rows. */
export interface TableDraft extends Layout {
  readonly tableReference: TableReference;
  readonly type: 'TABLE' | 'VIEW';
  readonly location: string;
  readonly creationTime: string;
  readonly lastModifiedTime: string;
  readonly schema: { readonly fields: readonly SchemaField[] };
  readonly view?: { readonly query: string; readonly useLegacySql?: boolean };
  readonly expirationTime?: string;
  readonly requirePartitionFilter?: boolean;
  readonly labels?: Readonly<Record<string, string>>;
  readonly [field: string]: unknown;
}

export interface KeptTable extends TableDraft {
  /** Of its rows. A table that is deleted and made again has another one. */
  readonly key: number;
}

type Resource = Readonly<Record<string, unknown>>;

const WRITABLE = [
  'friendlyName',
  'description',
  'labels',
  'expirationTime',
  'timePartitioning',
  'rangePartitioning',
  'clustering',
  'requirePartitionFilter',
  'view',
  'schema',
  'tableConstraints',
  'defaultCollation',
  'maxStaleness',
];
const NOT_MODELLED = [
  'externalDataConfiguration',
  'materializedView',
  'encryptionConfiguration',
  'snapshotDefinition',
  'cloneDefinition',
  'biglakeConfiguration',
];

/** https://cloud.google.com/bigquery/docs/reference/rest/v2/tables */
export function makeTable(
  {
    datasetReference,
    location,
    defaultTableExpirationMs,
    defaultPartitionExpirationMs,
  }: KeptDataset,
  resource: Resource,
  now: Date,
): TableDraft {
  const reference = resource['tableReference'] as Partial<TableReference> | undefined;
  const tableId = requireTableId(reference?.tableId);
  const time = String(now.getTime());
  const expires =
    defaultTableExpirationMs === undefined || resource['expirationTime'] !== undefined
      ? {}
      : { expirationTime: String(now.getTime() + Number(defaultTableExpirationMs)) };
  const fixed = {
    tableReference: { ...datasetReference, tableId },
    location,
    creationTime: time,
    lastModifiedTime: time,
  };
  const wanted = withExpiry(writableOf(resource), defaultPartitionExpirationMs);
  return checked({ ...expires, ...wanted, ...fixed });
}

/** Partitions by time take the default of the dataset where the table has none. */
function withExpiry(resource: Resource, expirationMs: string | undefined): Resource {
  const { timePartitioning } = resource;
  if (expirationMs === undefined || typeof timePartitioning !== 'object') return resource;
  return { ...resource, timePartitioning: { expirationMs, ...timePartitioning } };
}

/** `update` replaces what may be written; `patch` merges, and null removes. */
export function changeTable(
  before: TableDraft,
  resource: Resource,
  { isPatch, now }: { readonly isPatch: boolean; readonly now: Date },
): TableDraft {
  const { tableReference, location, creationTime } = before;
  const fixed = { tableReference, location, creationTime, lastModifiedTime: String(now.getTime()) };
  const kept = isPatch ? writableOf(before) : { schema: before.schema };
  const after = checked({ ...mergePatch(kept, writableOf(resource)), ...fixed });
  if (after.type !== before.type)
    throw new BigQueryError(
      'invalid',
      `Cannot change the type of table ${showTable(tableReference)}.`,
    );
  if (before.type === 'TABLE') {
    requireCompatible(before.schema.fields, after.schema.fields, showTable(tableReference));
    requireSameLayout(before, after);
  }
  return ordered(before, after);
}

/** Columns keep their places, and new ones come behind: rows are stored by place. */
function ordered(before: TableDraft, after: TableDraft): TableDraft {
  return { ...after, schema: { fields: orderFields(before.schema.fields, after.schema.fields) } };
}

export function orderFields(
  before: readonly SchemaField[],
  after: readonly SchemaField[],
): SchemaField[] {
  const next = new Map(after.map((field) => [field.name.toLowerCase(), field]));
  const kept = before.map((old) => {
    const field = next.get(old.name.toLowerCase()) ?? old;
    next.delete(old.name.toLowerCase());
    if (!old.fields || !field.fields) return field;
    return { ...field, fields: orderFields(old.fields, field.fields) };
  });
  return [...kept, ...next.values()];
}

function requireSameLayout(before: Layout, after: Layout): void {
  const shape = ({ timePartitioning, rangePartitioning }: Layout): string =>
    JSON.stringify([timePartitioning?.type, timePartitioning?.field, rangePartitioning]);
  if (shape(before) !== shape(after))
    throw new BigQueryError(
      'invalid',
      'Cannot change partitioning spec for a partitioned table, or make a table partitioned.',
    );
}

function checked(resource: Resource): TableDraft {
  const strange = NOT_MODELLED.find((name) => resource[name] !== undefined);
  if (strange !== undefined)
    throw new BigQueryError('notImplemented', `local-cloud does not model ${strange} of tables.`);
  const schema = resource['schema'] as { readonly fields?: unknown } | undefined;
  const fields = readFields(schema?.fields);
  const type = resource['view'] === undefined ? 'TABLE' : 'VIEW';
  const table = { ...resource, type, schema: { fields } } as unknown as TableDraft;
  if (table.view?.useLegacySql === true)
    throw new BigQueryError(
      'notImplemented',
      'local-cloud does not model legacy SQL: set useLegacySql to false.',
    );
  requireLabels(table.labels);
  if (type === 'TABLE') requireLayout(table, fields);
  return table;
}

function writableOf(resource: Resource): Resource {
  const known = [...WRITABLE, ...NOT_MODELLED].filter((name) => resource[name] !== undefined);
  return Object.fromEntries(known.map((name) => [name, resource[name]]));
}

/** Without the key; what is undefined is not written as JSON. */
export function draftOf(table: KeptTable): TableDraft {
  return { ...table, key: undefined };
}

export interface TableMeasure {
  readonly rows: number;
  readonly sizeBytes: number;
}

export function renderTable(
  kept: KeptTable,
  { rows, sizeBytes }: TableMeasure,
  host: string,
): object {
  const table = draftOf(kept);
  const { projectId, datasetId, tableId } = table.tableReference;
  const counts =
    table.type === 'VIEW'
      ? {}
      : {
          numBytes: String(sizeBytes),
          numLongTermBytes: '0',
          numRows: String(rows),
          numTotalLogicalBytes: String(sizeBytes),
          numActiveLogicalBytes: String(sizeBytes),
          numLongTermLogicalBytes: '0',
        };
  return {
    kind: 'bigquery#table',
    etag: etagOf(table),
    id: showTable(table.tableReference),
    selfLink: `http://${host}/bigquery/v2/projects/${projectId}/datasets/${datasetId}/tables/${tableId}`,
    ...table,
    ...counts,
  };
}

/** As tables.list shows it. */
export function renderTableItem(table: KeptTable): object {
  const { tableReference, type, labels, timePartitioning, rangePartitioning, clustering } = table;
  const { creationTime, expirationTime, friendlyName, requirePartitionFilter, view } = table;
  return {
    kind: 'bigquery#table',
    id: showTable(tableReference),
    tableReference,
    type,
    labels,
    timePartitioning,
    rangePartitioning,
    clustering,
    requirePartitionFilter,
    friendlyName,
    creationTime,
    expirationTime,
    ...(view ? { view: { useLegacySql: false } } : {}),
  };
}
