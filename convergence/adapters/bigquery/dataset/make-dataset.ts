import { failureOf } from '../client/translate-error.ts';
import { BOOKKEEPING, LOCK_ROW } from './bookkeeping.ts';
import { runSql } from './run-sql.ts';
import { createTable } from './table.ts';
import type { TenantDataset } from './tenant-dataset.ts';

/** What a dataset is made with. */
export type NewDataset = Pick<TenantDataset, 'client' | 'id' | 'labels'> &
  Partial<Pick<TenantDataset, 'partitionDays'>>;

const DAY_MS = 24 * 3_600_000;

/** Makes an empty dataset; what is there already stays as it is. */
export async function makeDataset({
  client,
  id,
  labels,
  partitionDays: days,
}: NewDataset): Promise<void> {
  const datasetReference = { projectId: client.projectId, datasetId: id };
  // Of partitions, not of tables: those of the product must not expire.
  const expiry = days === undefined ? {} : { defaultPartitionExpirationMs: String(days * DAY_MS) };
  const body = { datasetReference, location: client.location, labels, ...expiry };
  try {
    await client.call({ method: 'POST', path: '/datasets', body });
  } catch (error) {
    if (failureOf(error)?.status !== 409) throw error;
  }
}

/** Makes the dataset of a tenant with the tables of the product, where they are not there yet. */
export async function makeTenantDataset(dataset: TenantDataset): Promise<void> {
  await makeDataset(dataset);
  for (const table of BOOKKEEPING) await createTable(dataset, table);
  await addLockRow(dataset);
}

/** Removes the dataset with its tables; also when there is none. */
export async function removeDataset({ client, id }: TenantDataset): Promise<void> {
  const query = { deleteContents: true };
  try {
    await client.call({ method: 'DELETE', path: `/datasets/${id}`, query });
  } catch (error) {
    if (failureOf(error)?.status !== 404) throw error;
  }
}

/** A second row would do no harm. */
async function addLockRow(dataset: TenantDataset): Promise<void> {
  const sql = `INSERT INTO _convergence_fences (run_id, fence)
    SELECT '', 0 FROM UNNEST([1])
    WHERE NOT EXISTS (SELECT 1 FROM _convergence_fences WHERE ${LOCK_ROW})`;
  await runSql(dataset, { sql });
}
