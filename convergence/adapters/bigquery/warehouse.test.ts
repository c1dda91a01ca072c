import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from 'base/clock.ts';
import type { Part } from '../../engine/flow/part.ts';
import { warehouseConformance } from '../../engine/flow/warehouse.conformance.ts';
import type { WarehouseHarness } from '../../engine/flow/warehouse.conformance.ts';
import { createPartStager } from '../duckdb/ingest/part-stager.ts';
import { startBigQuery } from './client/test-client.fake.ts';
import { createBigQueryWarehouse } from './warehouse.ts';

const clock = systemClock;

async function openHarness(): Promise<WarehouseHarness> {
  const cloud = await startBigQuery();
  const { client } = cloud;
  const dataDir = await mkdtemp(join(tmpdir(), 'bigquery-'));
  const stager = createPartStager({ dataDir, clock });
  const warehouse = createBigQueryWarehouse({
    client,
    stager,
    datasetPrefix: 'tenant_',
    bucket: null,
  });
  let count = 0;
  return {
    warehouse,
    tries: 3,
    writePart: async (tenantId, text, part = {}): Promise<Part> => {
      const folder = join(dataDir, 'parts', tenantId);
      await mkdir(folder, { recursive: true });
      const path = join(folder, `${count++}.part`);
      await writeFile(path, text);
      const sizeBytes = Buffer.byteLength(text);
      const label = `part ${count}`;
      return { path, label, format: 'ndjson', compression: 'none', sizeBytes, ...part };
    },
    close: async () => {
      await warehouse.close();
      await cloud.close();
      await rm(dataDir, { recursive: true });
    },
  };
}

warehouseConformance('BigQuery on local-cloud', openHarness);
