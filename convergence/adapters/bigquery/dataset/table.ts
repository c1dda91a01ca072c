import type { TableMetadata } from '@google-cloud/bigquery';
import { failureOf } from '../client/translate-error.ts';
import type { TenantDataset } from './tenant-dataset.ts';

/** A table to be made; its fields are those of the REST API. */
export type NewTable = Pick<
  TableMetadata,
  'schema' | 'timePartitioning' | 'rangePartitioning' | 'clustering' | 'expirationTime' | 'view'
> & { readonly name: string; readonly requirePartitionFilter?: boolean };

/** Null: there is none of that name. */
export async function findTable(
  { client, id }: TenantDataset,
  name: string,
  signal?: AbortSignal,
): Promise<TableMetadata | null> {
  try {
    return await client.call<TableMetadata>({ method: 'GET', path: pathOf(id, name) }, signal);
  } catch (error) {
    if (failureOf(error)?.status === 404) return null;
    throw error;
  }
}

/** False: there is one of that name already, and it stays as it is. */
export async function createTable(
  { client, id, labels }: Pick<TenantDataset, 'client' | 'id' | 'labels'>,
  { name, ...resource }: NewTable,
  signal?: AbortSignal,
): Promise<boolean> {
  const tableReference = { projectId: client.projectId, datasetId: id, tableId: name };
  const body = { tableReference, labels, ...resource };
  try {
    await client.call({ method: 'POST', path: `/datasets/${id}/tables`, body }, signal);
    return true;
  } catch (error) {
    if (failureOf(error)?.status === 409) return false;
    throw error;
  }
}

/**
 * Changes a table that still is as it was read; false: somebody else has changed it since, and it
 * stays as it is.
 */
export async function patchTable(
  { client, id }: TenantDataset,
  before: TableMetadata,
  changes: TableMetadata,
): Promise<boolean> {
  const path = pathOf(id, before.tableReference?.tableId ?? '');
  const { etag: ifMatch = '*' } = before;
  try {
    await client.call({ method: 'PATCH', path, body: changes, ifMatch });
    return true;
  } catch (error) {
    if (failureOf(error)?.status === 412) return false;
    throw error;
  }
}

/** Also when there is none. */
export async function dropTable({ client, id }: TenantDataset, name: string): Promise<void> {
  try {
    await client.call({ method: 'DELETE', path: pathOf(id, name) });
  } catch (error) {
    if (failureOf(error)?.status !== 404) throw error;
  }
}

interface TablePage {
  readonly tables?: readonly TableMetadata[];
  readonly nextPageToken?: string;
}

/** All tables and views, without their schemas; none where there is no dataset. */
export async function listAllTables({ client, id }: TenantDataset): Promise<TableMetadata[]> {
  const found: TableMetadata[] = [];
  let pageToken: string | undefined;
  do {
    const query = { maxResults: 1000, ...(pageToken !== undefined && { pageToken }) };
    const path = `/datasets/${id}/tables`;
    const page: TablePage = await client
      .call<TablePage>({ method: 'GET', path, query })
      .catch(noneWhere404);
    found.push(...(page.tables ?? []));
    pageToken = page.nextPageToken;
  } while (pageToken !== undefined);
  return found;
}

function noneWhere404(error: unknown): TablePage {
  if (failureOf(error)?.status === 404) return {};
  throw error;
}

function pathOf(dataset: string, table: string): string {
  return `/datasets/${dataset}/tables/${encodeURIComponent(table)}`;
}
