import { BigQueryError } from '../bigquery-error.ts';

export interface DatasetReference {
  readonly projectId: string;
  readonly datasetId: string;
}

export interface TableReference extends DatasetReference {
  readonly tableId: string;
}

/** `project:dataset.table`, as messages write it. */
export function showTable({ projectId, datasetId, tableId }: TableReference): string {
  return `${projectId}:${datasetId}.${tableId}`;
}

/** `project.dataset.table`, as SQL writes it. */
export function sqlName({ projectId, datasetId, tableId }: TableReference): string {
  return `${projectId}.${datasetId}.${tableId}`;
}

/** https://cloud.google.com/bigquery/docs/datasets#dataset-naming */
export function requireDatasetId(id: unknown): string {
  if (typeof id === 'string' && /^\w{1,1024}$/.test(id)) return id;
  throw new BigQueryError(
    'invalid',
    `Invalid dataset ID "${String(id)}". Dataset IDs must be alphanumeric (plus underscores) and must be at most 1024 characters long.`,
  );
}

/** https://cloud.google.com/bigquery/docs/tables#table_naming */
export function requireTableId(id: unknown): string {
  if (typeof id === 'string' && /^[\p{L}\p{M}\p{N}\p{Pc}\p{Pd} ]{1,1024}$/u.test(id)) return id;
  throw new BigQueryError(
    'invalid',
    `Invalid table ID "${String(id)}". Table IDs must be alphanumeric (plus underscores) and must be at most 1024 characters long. Also, Table decorators cannot be used.`,
  );
}
