import type { SqlStatement, TablePath } from 'googlesql/script.ts';
import { BigQueryError } from '../bigquery-error.ts';
import type { DatasetReference, TableReference } from '../resource/reference.ts';
import { showTable } from '../resource/reference.ts';
import type { KeptTable } from '../resource/table.ts';
import type { TableStore } from '../store/table-store.ts';
import type { SqlParameter } from './sql-parameter.ts';

/** What names in a script mean. */
export interface ScriptScope {
  readonly projectId: string;
  readonly defaultDataset: DatasetReference | null;
  readonly parameters: readonly SqlParameter[];
}

/** A table that a statement names. */
export interface PlacedTable {
  readonly path: TablePath;
  readonly reference: TableReference;
  readonly table: KeptTable | null;
}

/** Null where a name alone has no dataset to be in. */
export function referenceOf(names: readonly string[], scope: ScriptScope): TableReference | null {
  const [third, second, first] = names.toReversed();
  if (third === undefined || names.length > 3) return null;
  if (second === undefined)
    return scope.defaultDataset ? { ...scope.defaultDataset, tableId: third } : null;
  return { projectId: first ?? scope.projectId, datasetId: second, tableId: third };
}

/** Paths that may be tables: a column to unnest looks like one, and is not found. */
export function placeTables(
  { paths, withNames }: SqlStatement,
  scope: ScriptScope,
  tables: TableStore,
): PlacedTable[] {
  return paths.flatMap((path) => {
    const [name = '', ...more] = path.names;
    if (more.length === 0 && withNames.includes(name)) return [];
    const reference = referenceOf(path.names, scope);
    return reference ? [{ path, reference, table: tables.findTable(reference) }] : [];
  });
}

/** What BigQuery says where the analyzer only does not find a table. */
export function refusalOf(
  name: string,
  placed: readonly PlacedTable[],
  tables: TableStore,
): BigQueryError {
  const missing = placed.find(({ path, table }) => !table && path.names.join('.') === name);
  if (!missing) {
    const message = `Table "${name}" must be qualified with a dataset (e.g. dataset.table).`;
    return new BigQueryError('invalid', message, { location: name });
  }
  const { projectId, datasetId } = missing.reference;
  const dataset = tables.findDataset(missing.reference);
  const what = dataset
    ? `Table ${showTable(missing.reference)}`
    : `Dataset ${projectId}:${datasetId}`;
  const place = dataset?.location ?? 'US';
  return new BigQueryError('notFound', `Not found: ${what} was not found in location ${place}`);
}
