import type { TableMetadata } from '@google-cloud/bigquery';
import { fail } from '../../../engine/error-codes.ts';
import { assertPlanHolds } from '../../../engine/flow/normalize/plan-holds.ts';
import { rowsWithoutKey, withMergeKey } from '../../../engine/flow/publish/merge-key.ts';
import type { LoadReceipt, PublishRequest } from '../../../engine/flow/warehouse.ts';
import { toField } from '../column-type.ts';
import { columnsOf, evolveTable, tableMoved } from '../dataset/evolve-table.ts';
import { runTransaction, selectRows } from '../dataset/run-sql.ts';
import { createTable, findTable, patchTable } from '../dataset/table.ts';
import { layoutChanges, tableLayout } from '../dataset/table-layout.ts';
import type { TenantDataset } from '../dataset/tenant-dataset.ts';
import { leaseLost, readFence } from './fence.ts';
import { jobIdOf } from './load-files.ts';
import { findLoad } from './load-records.ts';
import { countKeysSql, publishScript } from './publish-sql.ts';
import { refusalOf } from './refusal.ts';
import { stagingTable } from './staging-table.ts';

/**
 * Staging table to table: first the table is made or widened, which adds nothing that a reader of it
 * would notice, then rows, receipt and state become visible in one transaction or not at all.
 * Published before, it only gives the receipt.
 * @throws lease_lost, state_moved, primary_key_missing, type_conflict, schema_frozen
 */
export async function publishStaging(
  dataset: TenantDataset,
  given: PublishRequest,
  signal: AbortSignal,
): Promise<LoadReceipt> {
  const published = await findLoad(dataset, given.loadId);
  if (published) return published;
  const isMerge = given.disposition === 'merge';
  const request = isMerge ? withMergeKey(given) : given;
  const keys = isMerge ? await countKeys(dataset, request, signal) : null;
  const rowsLoaded = keys?.different ?? request.report.rowsGood;
  const table = await prepareTable(dataset, request, signal);
  const hasRepeatedKeys = keys !== null && keys.different < keys.rows;
  const script = publishScript({ request, table, rowsLoaded, hasRepeatedKeys });
  try {
    await runTransaction(dataset, { id: await publishId(dataset, request), ...script }, signal);
  } catch (error) {
    const refusal = refusalOf(error);
    if (refusal === null) throw error;
    if (refusal !== 'already_published') throw await refused(dataset, request, refusal);
  }
  const receipt = await findLoad(dataset, request.loadId);
  if (!receipt) throw new Error(`load ${request.loadId} was published and left no receipt`);
  return receipt;
}

interface Keys {
  readonly rows: number;
  readonly different: number;
}

async function countKeys(
  dataset: TenantDataset,
  request: PublishRequest,
  signal: AbortSignal,
): Promise<Keys> {
  const [row] = await selectRows(dataset, { sql: countKeysSql(request) }, signal);
  const missing = Number(row?.missing ?? 0);
  if (missing > 0) throw rowsWithoutKey(request, missing);
  return { rows: Number(row?.all_rows ?? 0), different: Number(row?.different ?? 0) };
}

/** The table as the rows need it. */
async function prepareTable(
  dataset: TenantDataset,
  { table, plan, declared }: PublishRequest,
  signal: AbortSignal,
): Promise<TableMetadata> {
  const before = await findTable(dataset, table, signal);
  assertPlanHolds(table, plan, before && columnsOf(before));
  if (before) {
    await evolveTable(dataset, { before, plan }, signal);
    return layOut(dataset, { table, declared });
  }
  const fields = [
    ...plan.columns.map(({ name, type }) => toField(name, type)),
    toField('_load_id', { kind: 'text' }),
    toField('_loaded_at', { kind: 'timestamptz' }),
  ];
  const layout = tableLayout(declared);
  const made = await createTable(dataset, { name: table, schema: { fields }, ...layout }, signal);
  if (!made) throw tableMoved(table);
  return layout;
}

/** Lays an existing table out as its schema file says now. */
async function layOut(
  dataset: TenantDataset,
  { table, declared }: Pick<PublishRequest, 'table' | 'declared'>,
): Promise<TableMetadata> {
  const current = await findTable(dataset, table);
  if (!current) throw tableMoved(table);
  const changes = layoutChanges(table, current, declared);
  if (!changes) return current;
  if (!(await patchTable(dataset, current, changes))) throw tableMoved(table);
  return { ...current, ...changes };
}

/** The same for the same staging table, so that a publish whose answer got lost is found again. */
async function publishId(dataset: TenantDataset, { staging }: PublishRequest): Promise<string> {
  const name = stagingTable(staging);
  const found = await findTable(dataset, name);
  return jobIdOf({ name, incarnation: found?.creationTime ?? '0' }, 'publish');
}

async function refused(
  dataset: TenantDataset,
  { runId, fence, table }: PublishRequest,
  refusal: 'lease_lost' | 'state_moved',
): Promise<Error> {
  if (refusal === 'lease_lost') {
    return leaseLost(runId, { fence, newer: await readFence(dataset, runId) });
  }
  return fail('state_moved', `another run loaded table '${table}' meanwhile`, {
    hint: 'Nothing was written; the load starts over from the newer state.',
    details: { table },
  });
}
