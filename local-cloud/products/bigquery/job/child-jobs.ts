import { createHash } from 'node:crypto';
import type { StatementOutcome } from '../sql/run-script.ts';
import type { BigQueryStore } from '../store/bigquery-store.ts';
import type { Job } from './job.ts';
import { keepResult } from '../store/keep-result.ts';
import { queryStatistics } from './query-statistics.ts';

/** A job for each statement of a script, as jobs.list finds them by their parent. In a transaction of SQLite. */
export function writeChildJobs(
  store: BigQueryStore,
  parent: Job,
  { outcomes, now }: { readonly outcomes: readonly StatementOutcome[]; readonly now: Date },
): void {
  const { projectId, jobId: parentJobId, location } = parent.jobReference;
  const hash = createHash('md5').update(`${projectId}.${parentJobId}`).digest('hex');
  const script = parent.configuration.query?.query ?? '';
  const time = String(now.getTime());
  for (const [index, outcome] of outcomes.entries()) {
    const jobReference = { projectId, jobId: `script_job_${hash}_${index}`, location };
    const destinationTable = keepResult(store, jobReference, { outcome, now });
    store.jobs.write({
      ...parent,
      jobReference,
      configuration: {
        ...(parent.configuration.labels ? { labels: parent.configuration.labels } : {}),
        jobType: 'QUERY',
        query: {
          query: outcome.statement.sql,
          useLegacySql: false,
          ...(destinationTable ? { destinationTable } : {}),
        },
      },
      statistics: {
        ...queryStatistics([outcome]),
        creationTime: time,
        startTime: time,
        endTime: time,
        parentJobId,
        scriptStatistics: { evaluationKind: 'STATEMENT', stackFrames: [frameOf(outcome, script)] },
      },
      status: { state: 'DONE' },
    });
  }
}

/** Where the statement stands in the script, from 1. */
function frameOf({ statement: { sql, start } }: StatementOutcome, script: string): object {
  const place = (offset: number): readonly [number, number] => {
    const lines = script.slice(0, offset).split('\n');
    return [lines.length, (lines.at(-1)?.length ?? 0) + 1];
  };
  const [startLine, startColumn] = place(start);
  const [endLine, endColumn] = place(start + sql.length);
  return { startLine, startColumn, endLine, endColumn, text: sql };
}
