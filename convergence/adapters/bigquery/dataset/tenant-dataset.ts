import type { ObjectStore } from '../../../engine/flow/extract/object/object-store.ts';
import type { TenantScope } from '../../../engine/tenant/tenant-scope.ts';
import type { RowWriter } from '../client/row-writer.ts';
import type { BigQueryClient } from '../client/bigquery-client.ts';
import { Turn } from './turn.ts';

/** Where files wait on their way into BigQuery, and out of it. */
export interface StagingBucket {
  readonly objects: ObjectStore;
  /** `gs://bucket/`, and perhaps folders, each with a slash behind it. */
  readonly prefix: string;
}

/** The dataset of one tenant, and whose costs its jobs are. */
export interface TenantDataset {
  readonly client: BigQueryClient;
  readonly scope: TenantScope;
  /** Name of the dataset in the project. */
  readonly id: string;
  /** Of all jobs. */
  readonly labels: Readonly<Record<string, string>>;
  /** After how many days partitions are dropped whose table says nothing else; absent: never. */
  readonly partitionDays: number | undefined;
  /** Null: files go with the requests that load them. */
  readonly bucket: StagingBucket | null;
  /** Absent: all rows go as files. */
  readonly writer: RowWriter | undefined;
  /** For what changes the tables of the product. */
  readonly turn: Turn;
}

export interface DatasetOptions {
  readonly client: BigQueryClient;
  /** Gives the one of a tenant that has an account of its own, else `client`. Absent: nobody has. */
  readonly clientOf?: (scope: TenantScope) => Promise<BigQueryClient>;
  /** In front of the id of a tenant in the name of its dataset. */
  readonly datasetPrefix: string;
  /** Of datasets that are made from now on. */
  readonly partitionDays?: number;
  readonly bucket: StagingBucket | null;
  /** For small loads; absent: all go as files. */
  readonly writer?: RowWriter;
}

export async function openTenantDataset(
  scope: TenantScope,
  options: DatasetOptions,
): Promise<TenantDataset> {
  const client = (await options.clientOf?.(scope)) ?? options.client;
  // Rows go without files by the account of the platform only.
  const writer = client === options.client ? options.writer : undefined;
  return tenantDataset(scope, { ...options, client, writer });
}

export function tenantDataset(
  scope: TenantScope,
  { client, datasetPrefix, partitionDays, bucket, writer }: DatasetOptions,
): TenantDataset {
  const { tenantId } = scope;
  const labels = { managed_by: 'convergence', tenant: tenantId };
  return {
    client,
    scope,
    id: `${datasetPrefix}${tenantId}`,
    labels,
    partitionDays,
    bucket,
    writer,
    turn: new Turn(),
  };
}
