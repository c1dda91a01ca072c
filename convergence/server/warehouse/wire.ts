import { resolve } from 'node:path';
import { systemClock } from 'base/clock.ts';
import { createUuidV7 } from 'base/id.ts';
import { BigQueryClient } from '../../adapters/bigquery/client/bigquery-client.ts';
import { createTenantClients } from '../../adapters/bigquery/client/tenant-clients.ts';
import { RowWriter } from '../../adapters/bigquery/client/row-writer.ts';
import { createBigQueryHistoryMirror } from '../../adapters/bigquery/history-mirror.ts';
import { createBigQueryTenantTables } from '../../adapters/bigquery/tenant-tables.ts';
import { createBigQueryWarehouse } from '../../adapters/bigquery/warehouse.ts';
import { createDuckdbHistoryMirror } from '../../adapters/duckdb/dataset/history-mirror.ts';
import { createPartStager } from '../../adapters/duckdb/ingest/part-stager.ts';
import { createDuckdbTenantTables } from '../../adapters/duckdb/tenant-tables.ts';
import { createDuckdbWarehouse } from '../../adapters/duckdb/warehouse.ts';
import type { DuckdbWarehouseOptions } from '../../adapters/duckdb/warehouse.ts';
import { GcsStore } from '../../adapters/object-storage/gcs/gcs-store.ts';
import type { Warehouse } from '../../engine/flow/warehouse.ts';
import type { HistoryMirror } from '../../engine/run/history/mirror-history.ts';
import type { TenantTables } from '../../engine/tenant/offboard/tenant-tables.ts';
import type { TenantScope } from '../../engine/tenant/tenant-scope.ts';
import type { ApiDeps } from '../api/api-deps.ts';
import { googleOptions } from '../settings/google-options.ts';
import type { Settings } from '../settings/settings.ts';

export interface WarehouseWiring {
  readonly warehouse: Warehouse;
  readonly tables: TenantTables;
  readonly mirror: HistoryMirror;
  /** Of the parts of a process that must answer, those of the warehouse. */
  readonly probes: ApiDeps['probes'];
  /** Makes what all tenants share; what is there stays as it is. */
  readonly keepDatasets: () => Promise<void>;
}

export interface TenantsOfWarehouse extends Pick<DuckdbWarehouseOptions, 'readLimits'> {
  /** The Google account as which BigQuery works for a tenant; null: that of the platform. */
  readonly readAccount: (scope: TenantScope) => Promise<string | null>;
}

/** The API and workers share the files of DuckDB: whoever is done lets go. */
const SHARED_IDLE_MS = 200;

/** @throws google_denied when BigQuery is asked for and there are no credentials */
export async function wireWarehouse(
  settings: Settings,
  { readAccount, ...limits }: TenantsOfWarehouse,
): Promise<WarehouseWiring> {
  const files = { dataDir: resolve(settings.DATA_DIR), clock: systemClock, ...limits };
  return settings.WAREHOUSE === 'bigquery'
    ? onBigQuery(settings, files, readAccount)
    : onDuckdb(settings, files);
}

function onDuckdb({ DATABASE_URL }: Settings, options: DuckdbWarehouseOptions): WarehouseWiring {
  const files = { ...options, ...(DATABASE_URL && { closeIdleMs: SHARED_IDLE_MS }) };
  return {
    warehouse: createDuckdbWarehouse(files),
    tables: createDuckdbTenantTables(files),
    mirror: createDuckdbHistoryMirror(files),
    probes: [],
    keepDatasets: async () => {},
  };
}

async function onBigQuery(
  settings: Settings,
  files: DuckdbWarehouseOptions,
  readAccount: TenantsOfWarehouse['readAccount'],
): Promise<WarehouseWiring> {
  const google = await googleOptions(settings);
  const deps = {
    clock: systemClock,
    random: Math.random,
    nextId: createUuidV7({ clock: systemClock }),
  };
  const connection = { ...google.rest, location: settings.BIGQUERY_LOCATION };
  const client = await BigQueryClient.open(connection, deps);
  const bucket = settings.BIGQUERY_STAGING_BUCKET
    ? {
        objects: new GcsStore(async () => google.rest),
        prefix: `gs://${settings.BIGQUERY_STAGING_BUCKET}/`,
      }
    : null;
  const writer = new RowWriter({ ...google }, deps);
  const clientOf = createTenantClients({ client, connection, deps, readAccount });
  const datasets = {
    client,
    clientOf,
    bucket,
    writer,
    datasetPrefix: settings.BIGQUERY_DATASET_PREFIX,
    partitionDays: settings.BIGQUERY_PARTITION_DAYS,
  };
  const mirror = createBigQueryHistoryMirror(client);
  const stager = createPartStager(files);
  return {
    warehouse: createBigQueryWarehouse({ ...datasets, stager, ...files }),
    tables: createBigQueryTenantTables(datasets),
    mirror,
    probes: [{ name: 'bigquery', check: () => client.check() }],
    keepDatasets: () => mirror.makeTables(),
  };
}
