import { createHash } from 'node:crypto';
import type { JobMetadata, TableField } from '@google-cloud/bigquery';
import { fail } from '../../../engine/error-codes.ts';
import type { StagedFile } from '../../../engine/flow/part-stager.ts';
import { finishJob, runJob, startedOnce } from '../client/run-job.ts';
import { withRetries } from '../client/with-retries.ts';
import { untilAborted } from '../client/until-aborted.ts';
import type { StagingBucket, TenantDataset } from '../dataset/tenant-dataset.ts';
import type { StagingTable } from './staging-table.ts';

export interface FilesToLoad {
  readonly into: StagingTable;
  readonly fields: readonly TableField[];
  readonly files: readonly StagedFile[];
}

/**
 * Parquet files into a staging table that was just made, under job ids that the table and the number
 * of the file give, so that a file is loaded once, whatever gets lost: all with one job through Cloud
 * Storage, where there is a bucket for it; else each with the request that makes its job.
 * @throws what `finishJob` and `ObjectStore.put` do
 */
export async function loadFiles(
  dataset: TenantDataset,
  load: FilesToLoad,
  signal: AbortSignal,
): Promise<void> {
  if (load.files.length === 0) return;
  if (dataset.bucket) await loadThroughBucket(dataset, { ...load, ...dataset.bucket }, signal);
  else await loadDirectly(dataset, load, signal);
}

async function loadDirectly(
  dataset: TenantDataset,
  { into, fields, files }: FilesToLoad,
  signal: AbortSignal,
): Promise<void> {
  for (const [index, file] of files.entries()) {
    const id = jobIdOf(into, `part_${index}`);
    const start = (jobId: string) => upload(dataset, { file, into, fields, jobId }, signal);
    assertAllLoaded(await finishJob(dataset.client, { id, start }, signal), file.rows);
  }
}

async function loadThroughBucket(
  dataset: TenantDataset,
  { into, fields, files, objects, prefix }: FilesToLoad & StagingBucket,
  signal: AbortSignal,
): Promise<void> {
  const { client, id: datasetId, labels } = dataset;
  const id = jobIdOf(into, 'parts');
  const uriOf = (index: number) => `${prefix}${datasetId}/${id}/${index}.parquet`;
  const sourceUris = files.map((_, index) => uriOf(index));
  try {
    for (const [index, { path }] of files.entries()) {
      await objects.put(uriOf(index), path, { signal });
    }
    const destinationTable = { projectId: client.projectId, datasetId, tableId: into.name };
    const load = { ...loadOptions(fields), sourceUris, destinationTable };
    const job = await runJob(client, { id, configuration: { labels, load } }, signal);
    assertAllLoaded(
      job,
      files.reduce((sum, { rows }) => sum + rows, 0),
    );
  } finally {
    for (const uri of sourceUris) await objects.remove(uri);
  }
}

function loadOptions(fields: readonly TableField[]) {
  return {
    sourceFormat: 'PARQUET',
    schema: { fields: [...fields] },
    writeDisposition: 'WRITE_APPEND',
    createDisposition: 'CREATE_NEVER',
    parquetOptions: { enableListInference: true },
  };
}

/** Ids take letters, digits, `_` and `-`. */
export function jobIdOf({ name, incarnation }: StagingTable, what: string): string {
  const digest = createHash('sha256').update(`${name} ${incarnation}`).digest('hex').slice(0, 32);
  return `convergence_${digest}_${what}`;
}

interface Upload {
  readonly file: StagedFile;
  readonly into: StagingTable;
  readonly fields: readonly TableField[];
  readonly jobId: string;
}

/** The file goes with the request that makes the job, streamed. */
function upload(
  { client, id }: TenantDataset,
  { file, into, fields, jobId }: Upload,
  signal: AbortSignal,
): Promise<JobMetadata | null> {
  const table = client.sdk.dataset(id, { location: client.location }).table(into.name);
  const load = { jobId, location: client.location, ...loadOptions(fields) };
  const send = async () =>
    (await untilAborted(table.createLoadJob(file.path, { ...load }), signal))[1];
  return startedOnce(withRetries(send, client.deps, signal));
}

/** A job may call itself done and have left rows out. */
function assertAllLoaded(job: JobMetadata, rows: number): void {
  const loaded = Number(job.statistics?.load?.outputRows ?? 0);
  const [first] = job.status?.errors ?? [];
  if (loaded === rows && !first) return;
  const said = first ? `: ${first.message}` : '';
  throw fail('warehouse_unavailable', `BigQuery loaded ${loaded} of ${rows} rows${said}`, {
    hint: 'Nothing was published; run it again.',
    details: { jobId: job.jobReference?.jobId, rows, loaded },
  });
}
