import { analyzeStatement, parseScript } from '../sql/analyze-statement.ts';
import { requireBytesBilled } from '../sql/bytes-billed.ts';
import { outcomeOf } from '../sql/run-script.ts';
import type { StatementOutcome } from '../sql/run-script.ts';
import type { Job } from './job.ts';
import { queryStatistics } from './query-statistics.ts';
import { scopeOf } from './run-query-job.ts';
import type { JobDeps } from './running-job.ts';

/**
 * What a query would read and give. Statements of a script are analyzed as things are now, so one
 * that needs what an earlier one makes is refused.
 */
export async function dryRunJob({ engine, store }: JobDeps, job: Job): Promise<Job> {
  const query = job.configuration.query;
  if (!query) return { ...job, status: { state: 'DONE' } };
  const scope = scopeOf(job);
  const outcomes: StatementOutcome[] = [];
  for (const statement of await parseScript(engine, query.query)) {
    const isPlain = ['begin', 'commit', 'rollback'].includes(statement.kind);
    const request = { script: query.query, statement, scope };
    const analyzed = isPlain
      ? undefined
      : await analyzeStatement({ engine, tables: store.tables }, request);
    const fields =
      statement.kind === 'query' && analyzed?.fields ? { fields: analyzed.fields } : {};
    outcomes.push({ ...outcomeOf(statement, analyzed, store.rows), ...fields });
  }
  const billed = outcomes.reduce((sum, { bytesBilled }) => sum + bytesBilled, 0);
  requireBytesBilled(billed, query.maximumBytesBilled ? Number(query.maximumBytesBilled) : null);
  const { query: statistics, ...more } = queryStatistics(outcomes);
  const fields = outcomes.length === 1 ? outcomes[0]?.fields : undefined;
  return {
    ...job,
    statistics: {
      ...job.statistics,
      ...more,
      query: { ...statistics, ...(fields ? { schema: { fields } } : {}) },
    },
    status: { state: 'DONE' },
  };
}

/** As jobs.query answers it. */
export function readDryRunResult({ jobReference, statistics }: Job): object {
  const { projectId, location } = jobReference;
  return {
    kind: 'bigquery#queryResponse',
    jobReference: { projectId, location },
    jobComplete: true,
    totalBytesProcessed: statistics.totalBytesProcessed ?? '0',
    schema: statistics.query?.['schema'] ?? { fields: [] },
    cacheHit: false,
  };
}
