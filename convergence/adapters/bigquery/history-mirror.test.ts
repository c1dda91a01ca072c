import { historyMirrorConformance } from '../../engine/run/history/history-mirror.conformance.ts';
import { startBigQuery } from './client/test-client.fake.ts';
import { readRows, runQuery } from './client/run-query.ts';
import { createBigQueryHistoryMirror } from './history-mirror.ts';

historyMirrorConformance('BigQuery on local-cloud', async () => {
  const cloud = await startBigQuery();
  const { client } = cloud;
  return {
    mirror: createBigQueryHistoryMirror(client),
    async query(sql) {
      const job = await runQuery(client, { sql, dataset: 'metadata' });
      const { rows } = await readRows(client, job, { maxRows: 100 });
      return rows.map(({ f }) => f.map(({ v }) => v));
    },
    close: () => cloud.close(),
  };
});
