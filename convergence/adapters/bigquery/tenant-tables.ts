import { mkdir, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { TableMetadata } from '@google-cloud/bigquery';
import { AppError } from 'base/error.ts';
import { fail } from '../../engine/error-codes.ts';
import type { ExportedFile } from '../../engine/tenant/offboard/offboard-report.ts';
import type { TenantTables } from '../../engine/tenant/offboard/tenant-tables.ts';
import { runJob } from './client/run-job.ts';
import { removeDataset } from './dataset/make-dataset.ts';
import { dropTable, findTable, listAllTables } from './dataset/table.ts';
import { runSql } from './dataset/run-sql.ts';
import { openTenantDataset } from './dataset/tenant-dataset.ts';
import type { DatasetOptions, StagingBucket, TenantDataset } from './dataset/tenant-dataset.ts';
import { quoteName } from './sql-text.ts';

/** The dataset of a tenant as a whole. It is exported by way of the staging bucket. */
export function createBigQueryTenantTables(options: DatasetOptions): TenantTables {
  return {
    async measureTables(scope) {
      const dataset = await openTenantDataset(scope, options);
      let sizeBytes = 0;
      for (const name of await tableNames(dataset)) {
        sizeBytes += Number((await findTable(dataset, name))?.numBytes ?? 0);
      }
      return sizeBytes;
    },
    async exportTables(scope, folder) {
      const dataset = await openTenantDataset(scope, options);
      const names = await tableNames(dataset);
      if (names.length === 0) return [];
      if (!options.bucket) throw noBucket();
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const exported: ExportedFile[] = [];
      for (const name of names) {
        exported.push(...(await exportTable(dataset, options.bucket, { name, folder })));
      }
      return exported;
    },
    removeTables: async (scope) => removeDataset(await openTenantDataset(scope, options)),
  };
}

/** None where the tenant never had a dataset. */
async function tableNames(dataset: TenantDataset): Promise<string[]> {
  const tables = await listAllTables(dataset);
  return tables.map(({ tableReference }) => tableReference?.tableId ?? '');
}

interface ToExport {
  readonly name: string;
  readonly folder: string;
}

/** A view may name a table that is gone; it holds no rows of its own, so it hinders nobody. */
async function exportTable(
  dataset: TenantDataset,
  bucket: StagingBucket,
  { name, folder }: ToExport,
): Promise<ExportedFile[]> {
  const found = await findTable(dataset, name);
  if (!found) return [];
  if (found.type !== 'VIEW') return fetchTable(dataset, bucket, { name, folder, table: found });
  const copy = `_export_${name}`;
  try {
    const sql = `CREATE OR REPLACE TABLE ${quoteName(copy)} AS SELECT * FROM ${quoteName(name)}`;
    await runSql(dataset, { sql });
    const table = await findTable(dataset, copy);
    return table ? await fetchTable(dataset, bucket, { name, folder, table }) : [];
  } catch (error) {
    const isOfView = error instanceof AppError && error.kind === 'input';
    if (!isOfView) throw error;
    return [{ name, file: null, rows: 0, sizeBytes: 0, problem: error.message }];
  } finally {
    await dropTable(dataset, copy);
  }
}

/** BigQuery parts what is larger than 1 GB into several files. */
async function fetchTable(
  dataset: TenantDataset,
  { objects, prefix }: StagingBucket,
  { name, folder, table }: ToExport & { table: TableMetadata },
): Promise<ExportedFile[]> {
  const { client, id, labels } = dataset;
  const { tableReference: sourceTable, numRows } = table;
  const at = `${prefix}${id}/export/${client.deps.nextId()}/`;
  const destinationUris = [`${at}*.parquet`];
  const options = { destinationFormat: 'PARQUET', compression: 'ZSTD' };
  const extract = { sourceTable, destinationUris, ...options };
  const files: ExportedFile[] = [];
  try {
    await runJob(client, { configuration: { labels, extract } });
    for await (const object of objects.list(at)) {
      const file = fileOf(name, files.length);
      await objects.download(object, join(folder, `${file}.making`));
      await rename(join(folder, `${file}.making`), join(folder, file));
      const rows = files.length === 0 ? Number(numRows ?? 0) : 0;
      const { size: sizeBytes } = await stat(join(folder, file));
      files.push({ name, file: `tables/${file}`, rows, sizeBytes });
    }
    return files;
  } finally {
    for await (const { uri } of objects.list(at)) await objects.remove(uri);
  }
}

/** Names of tables are lower-case words; whatever else one could be, it stays in its folder. */
function fileOf(table: string, index: number): string {
  return `${encodeURIComponent(table)}${index === 0 ? '' : `.${index}`}.parquet`;
}

function noBucket(): Error {
  return fail(
    'unsupported',
    'tables leave BigQuery by way of Cloud Storage, and no bucket is set',
    {
      hint: 'Set BIGQUERY_STAGING_BUCKET, restart the platform, and repeat it: it goes on where it was.',
    },
  );
}
