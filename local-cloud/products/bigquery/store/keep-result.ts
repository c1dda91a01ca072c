import { createHash } from 'node:crypto';
import type { TableReference } from '../resource/reference.ts';
import type { StatementOutcome } from '../sql/run-script.ts';
import type { BigQueryStore } from './bigquery-store.ts';
import type { JobReference } from '../job/job.ts';

const DAY_MS = 86_400_000;

/**
 * Keeps the rows of a statement in a table without a name of its own, as BigQuery does for a day;
 * else gives the table that the statement changed. In a transaction of SQLite.
 */
export function keepResult(
  store: BigQueryStore,
  { projectId, jobId, location }: JobReference,
  { outcome, now }: { readonly outcome: StatementOutcome | undefined; readonly now: Date },
): TableReference | null {
  if (!outcome?.rows || !outcome.fields) return outcome?.target ?? null;
  const hash = createHash('sha1').update(`${projectId}.${jobId}`).digest('hex');
  const tableReference = { projectId, datasetId: `_${hash}`, tableId: `anon${hash}` };
  const time = String(now.getTime());
  const { key } = store.replaceTable({
    tableReference,
    type: 'TABLE',
    location,
    creationTime: time,
    lastModifiedTime: time,
    expirationTime: String(now.getTime() + DAY_MS),
    schema: { fields: outcome.fields },
  });
  store.rows.apply([{ tableKey: key, removed: [], added: outcome.rows }]);
  return tableReference;
}
