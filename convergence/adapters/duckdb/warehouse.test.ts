import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from 'base/clock.ts';
import type { Part } from '../../engine/flow/part.ts';
import { warehouseConformance } from '../../engine/flow/warehouse.conformance.ts';
import type { WarehouseHarness } from '../../engine/flow/warehouse.conformance.ts';
import { createDuckdbWarehouse } from './warehouse.ts';

async function openHarness(): Promise<WarehouseHarness> {
  const dataDir = await mkdtemp(join(tmpdir(), 'warehouse-'));
  const warehouse = createDuckdbWarehouse({ dataDir, clock: systemClock });
  let count = 0;
  return {
    warehouse,
    tries: 20,
    writePart: async (tenantId, text, part = {}): Promise<Part> => {
      const folder = join(dataDir, 'parts', tenantId, "it's");
      await mkdir(folder, { recursive: true });
      const path = join(folder, `${count++}.part`);
      await writeFile(path, text);
      const sizeBytes = Buffer.byteLength(text);
      return {
        path,
        label: `part ${count}`,
        format: 'ndjson',
        compression: 'none',
        sizeBytes,
        ...part,
      };
    },
    close: async () => {
      await warehouse.close();
      await rm(dataDir, { recursive: true });
    },
  };
}

warehouseConformance('DuckDB', openHarness);
