import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThroughClient } from 'google-auth-library';
import { systemClock } from 'base/clock.ts';
import { createUuidV7 } from 'base/id.ts';
import { startLocalCloud } from '../../testing/local-cloud-process.ts';
import { createPartStager } from '../duckdb/ingest/part-stager.ts';
import { BigQueryClient } from './client/bigquery-client.ts';
import { createBigQueryWarehouse } from './warehouse.ts';

const clock = systemClock;

/** A warehouse on a local-cloud of its own. */
export async function openBigQueryRig() {
  const cloud = await startLocalCloud();
  const dataDir = await mkdtemp(join(tmpdir(), 'bigquery-'));
  const authClient = new PassThroughClient();
  const connection = { projectId: 'p-test', location: 'EU', apiEndpoint: cloud.rest, authClient };
  const nextId = createUuidV7({ clock });
  const client = await BigQueryClient.open(connection, { clock, random: Math.random, nextId });
  const stager = createPartStager({ dataDir, clock });
  const options = { client, stager, datasetPrefix: 'tenant_', bucket: null };
  const warehouse = createBigQueryWarehouse(options);
  return {
    ...options,
    warehouse,
    async close() {
      await warehouse.close();
      await cloud.close();
      await rm(dataDir, { recursive: true });
    },
  };
}
