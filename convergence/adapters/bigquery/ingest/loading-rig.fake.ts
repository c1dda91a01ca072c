import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThroughClient } from 'google-auth-library';
import { systemClock } from 'base/clock.ts';
import { planTable } from '../../../engine/flow/normalize/plan-table.ts';
import type { LoadReceipt, PublishRequest, StageRequest } from '../../../engine/flow/warehouse.ts';
import type { Rule } from '../../../engine/pipeline/spec/check-spec.ts';
import type { TableSpec } from '../../../engine/pipeline/spec/table-spec.ts';
import { tenantScope } from '../../../engine/tenant/tenant-scope.ts';
import { createPartStager } from '../../duckdb/ingest/part-stager.ts';
import { GcsStore } from '../../object-storage/gcs/gcs-store.ts';
import { RowWriter } from '../client/row-writer.ts';
import { startBigQuery } from '../client/test-client.fake.ts';
import type { CloudWithClient } from '../client/test-client.fake.ts';
import { selectRows } from '../dataset/run-sql.ts';
import type { TextRow } from '../dataset/run-sql.ts';
import { tenantDataset } from '../dataset/tenant-dataset.ts';
import type { DatasetOptions } from '../dataset/tenant-dataset.ts';
import { createBigQueryWarehouse } from '../warehouse.ts';

export interface TestLoad {
  readonly id: string;
  /** Newline-delimited JSON. */
  readonly rows: string;
  readonly declared?: TableSpec;
  readonly disposition?: PublishRequest['disposition'];
  readonly primaryKey?: readonly string[];
  readonly rules?: readonly Rule[];
  readonly fence?: bigint;
}

export interface LoadingRig extends CloudWithClient {
  readonly options: DatasetOptions;
  readonly scope: ReturnType<typeof tenantScope>;
  /** Stages and publishes into table `t`, as a worker does that has just started. */
  load(load: TestLoad): Promise<LoadReceipt>;
  /** All values are text, or lists of text. */
  rows(sql: string): Promise<TextRow[]>;
}

const { signal } = new AbortController();

interface Ways {
  /** Files go by way of a bucket. */
  readonly bucket: boolean;
  /** Small loads go without files. */
  readonly writer?: boolean;
  readonly partitionDays?: number;
}

/** Loads of a tenant into BigQuery on local-cloud. */
export async function openLoadingRig({ bucket, writer, partitionDays }: Ways): Promise<LoadingRig> {
  const started = await startBigQuery();
  const { cloud, client } = started;
  const dataDir = await mkdtemp(join(tmpdir(), 'bigquery-load-'));
  const scope = tenantScope('acme');
  const options = {
    client,
    datasetPrefix: 'tenant_',
    ...(partitionDays && { partitionDays }),
    bucket: bucket ? await openBucket(cloud.rest) : null,
    ...(writer && { writer: await openWriter(started) }),
  };
  const stager = createPartStager({ dataDir, clock: systemClock, fileBytes: 20_000 });
  return {
    ...started,
    options,
    scope,
    load: (load) => loadOnce(load, { options, stager, dataDir, scope }),
    rows: (sql) => selectRows(tenantDataset(scope, options), { sql }),
    async close() {
      options.writer?.close();
      await started.close();
      await rm(dataDir, { recursive: true });
    },
  };
}

async function openWriter({ cloud, client }: CloudWithClient): Promise<RowWriter> {
  const { credentials } = await import('@grpc/grpc-js');
  const [apiEndpoint, port] = cloud.grpc.split(':');
  const sslCreds = credentials.createInsecure();
  const clientOptions = { universeDomain: 'googleapis.com' };
  return new RowWriter(
    { grpc: { apiEndpoint, port: Number(port), sslCreds, clientOptions } },
    client.deps,
  );
}

async function openBucket(rest: string) {
  const body = JSON.stringify({ name: 'staging-test', location: 'EU' });
  const headers = { 'content-type': 'application/json' };
  const made = await fetch(`${rest}/storage/v1/b?project=p-test`, {
    method: 'POST',
    body,
    headers,
  });
  if (!made.ok) throw new Error(await made.text());
  const google = { projectId: 'p-test', apiEndpoint: rest, authClient: new PassThroughClient() };
  return { objects: new GcsStore(async () => google), prefix: 'gs://staging-test/convergence/' };
}

interface RigParts {
  readonly options: DatasetOptions;
  readonly stager: ReturnType<typeof createPartStager>;
  readonly dataDir: string;
  readonly scope: ReturnType<typeof tenantScope>;
}

async function loadOnce(
  load: TestLoad,
  { options, stager, dataDir, scope }: RigParts,
): Promise<LoadReceipt> {
  const folder = join(dataDir, 'parts', scope.tenantId);
  await mkdir(folder, { recursive: true });
  const path = join(folder, `${load.id}.ndjson`);
  await writeFile(path, load.rows);
  const warehouse = createBigQueryWarehouse({ ...options, stager });
  return warehouse.withDataset(scope, async (dataset) => {
    const fence = load.fence ?? 1n;
    await dataset.raiseFence('run', fence);
    const held = await dataset.readState('t');
    const declared = load.declared ?? null;
    const contract = { tables: 'evolve', columns: 'evolve', data_type: 'evolve' } as const;
    const current = await dataset.describeTable('t');
    const stage: StageRequest = {
      staging: `_staging_run_${fence}_${load.id}`,
      table: 't',
      parts: [
        {
          path,
          label: 'page 1',
          format: 'ndjson',
          compression: 'none',
          sizeBytes: Buffer.byteLength(load.rows),
        },
      ],
      plan: (incoming) =>
        planTable({ table: 't', current, declared, incoming, contract, processing: [] }),
      rules: load.rules ?? [],
      loadId: load.id,
      runId: 'run',
      loadedAt: new Date('2026-01-02T03:04:05Z'),
    };
    const { plan, ...report } = await dataset.stage(stage, signal);
    const request: PublishRequest = {
      ...stage,
      plan,
      report,
      declared,
      disposition: load.disposition ?? 'append',
      primaryKey: load.primaryKey ?? [],
      fence,
      stateKey: 't',
      state: { last: load.id },
      stateVersion: held?.version ?? 0,
    };
    try {
      return await dataset.publish(request, signal);
    } finally {
      await dataset.dropStaging(stage.staging);
    }
  });
}
