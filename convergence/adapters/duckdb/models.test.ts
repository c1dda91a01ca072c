import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from 'base/clock.ts';
import { modelConformance } from '../../engine/flow/transform/models.conformance.ts';
import { createDuckdbWarehouse } from './warehouse.ts';

modelConformance('DuckDB', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'models-'));
  const warehouse = createDuckdbWarehouse({ dataDir, clock: systemClock });
  return {
    warehouse,
    async close() {
      await warehouse.close();
      await rm(dataDir, { recursive: true });
    },
  };
});
