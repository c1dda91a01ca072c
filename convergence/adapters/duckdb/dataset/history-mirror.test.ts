import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { systemClock } from 'base/clock.ts';
import { historyMirrorConformance } from '../../../engine/run/history/history-mirror.conformance.ts';
import { closeInstances } from '../instances.ts';
import { readRows } from '../run-sql.ts';
import { createDuckdbHistoryMirror } from './history-mirror.ts';

historyMirrorConformance('DuckDB', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'convergence-history-'));
  const file = join(dataDir, 'metadata.duckdb');
  const mirror = createDuckdbHistoryMirror({ dataDir, clock: systemClock });
  return {
    mirror,
    async query(sql) {
      // Opened a second time in one process, a file would lose commits.
      await closeInstances([file]);
      const instance = await DuckDBInstance.create(file, {
        access_mode: 'READ_ONLY',
      });
      const connection = await instance.connect();
      try {
        return (await readRows<Record<string, unknown>>(connection, sql)).map(Object.values);
      } finally {
        connection.disconnectSync();
        instance.closeSync();
      }
    },
    close: () => rm(dataDir, { recursive: true }),
  };
});
