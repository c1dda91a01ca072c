import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { tenantScope } from '../../engine/tenant/tenant-scope.ts';
import { startLocalCloud } from '../../testing/local-cloud-process.ts';
import type { LocalCloudProcess } from '../../testing/local-cloud-process.ts';
import { readSettings } from '../settings/settings.ts';
import { wireWarehouse } from './wire.ts';

let cloud: LocalCloudProcess;
let dataDir = '';
before(async () => {
  cloud = await startLocalCloud();
  dataDir = await mkdtemp(join(tmpdir(), 'wire-'));
});
after(async () => {
  await cloud?.close();
  await rm(dataDir, { recursive: true });
});

const wire = () =>
  wireWarehouse(
    readSettings({
      WAREHOUSE: 'bigquery',
      GCP_PROJECT_ID: 'p-test',
      GCP_REST_ENDPOINT: cloud.rest,
      GCP_GRPC_ENDPOINT: cloud.grpc,
      BIGQUERY_DATASET_PREFIX: 'stage_',
      DATA_DIR: dataDir,
    }),
    { readAccount: async () => null },
  );

async function datasetIds(): Promise<string[]> {
  const answer = await fetch(`${cloud.rest}/bigquery/v2/projects/p-test/datasets`);
  const { datasets = [] } = (await answer.json()) as {
    datasets?: { datasetReference: { datasetId: string } }[];
  };
  return datasets.map(({ datasetReference }) => datasetReference.datasetId);
}

test('WAREHOUSE=bigquery makes datasets as they are needed, and bootstrap the shared one', async () => {
  const { warehouse, keepDatasets } = await wire();
  assert.deepEqual(await datasetIds(), []);
  await keepDatasets();
  await keepDatasets();
  const scope = tenantScope('acme');
  assert.equal(await warehouse.withDataset(scope, (dataset) => dataset.findLoad('l')), null);
  assert.deepEqual(await datasetIds(), ['metadata', 'stage_acme']);
  await warehouse.close();
});

test('the platform is ready while BigQuery answers', async () => {
  const { probes, warehouse } = await wire();
  const [probe, ...others] = probes;
  assert.ok(probe);
  assert.deepEqual([probe.name, others], ['bigquery', []]);
  await probe.check();
  await cloud.addFault({ kind: 'status', code: 'PERMISSION_DENIED', times: 1 });
  await assert.rejects(probe.check(), { code: 'google_denied' });
  await probe.check();
  await warehouse.close();
});
