import { BigQueryError, codeOf } from '../bigquery-error.ts';
import type { Reason } from '../bigquery-error.ts';
import { readDryRunResult } from '../job/dry-run.ts';
import type { Job } from '../job/job.ts';
import { makeJob } from '../job/make-job.ts';
import { etagOf } from '../resource/dataset.ts';
import { readBody } from './bigquery-call.ts';
import type { Method, RouteDeps } from './bigquery-call.ts';
import { insertJob, requireJob } from './job-methods.ts';
import { readRowPage } from './row-page.ts';

const USUAL_WAIT_MS = 10_000;
const LONGEST_WAIT_MS = 200_000;
/** Fields of a QueryRequest that are not of the query. */
const OF_THE_REQUEST = [
  'kind',
  'maxResults',
  'timeoutMs',
  'dryRun',
  'labels',
  'location',
  'requestId',
  'formatOptions',
  'jobTimeoutMs',
  'jobCreationMode',
  'preserveNulls',
];

/** https://cloud.google.com/bigquery/docs/reference/rest/v2/jobs/query and …/getQueryResults */
export const queryMethods: Readonly<Record<string, Method>> = {
  'bigquery.jobs.query': async (call, { projectId = '' }) => {
    const { deps, signal } = call;
    const body = await readBody(call, 'QueryRequest');
    const job = await insertJob(deps, makeJob(projectId, jobOf(body), deps.now()));
    if (body['dryRun'] === true) return readDryRunResult(job);
    const waited = await deps.runner.wait(job, readWait(body['timeoutMs']), signal);
    const query = new URLSearchParams();
    const { maxResults, formatOptions } = body as {
      maxResults?: number;
      formatOptions?: { useInt64Timestamp?: boolean };
    };
    if (maxResults !== undefined) query.set('maxResults', String(maxResults));
    if (formatOptions?.useInt64Timestamp) query.set('formatOptions.useInt64Timestamp', 'true');
    return { kind: 'bigquery#queryResponse', ...resultsOf(deps, waited, query) };
  },
  'bigquery.jobs.getQueryResults': async ({ deps, query, signal }, path) => {
    const job = requireJob(deps, path, query);
    const waited = await deps.runner.wait(job, readWait(query.get('timeoutMs')), signal);
    const results = resultsOf(deps, waited, query);
    return { kind: 'bigquery#getQueryResultsResponse', etag: etagOf(results), ...results };
  },
};

function jobOf(body: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const query = Object.fromEntries(
    Object.entries(body).filter(([name]) => !OF_THE_REQUEST.includes(name)),
  );
  const { labels, dryRun, location, jobTimeoutMs } = body;
  return {
    ...(location === undefined ? {} : { jobReference: { location } }),
    configuration: {
      query,
      ...(labels === undefined ? {} : { labels }),
      ...(dryRun === undefined ? {} : { dryRun }),
      ...(jobTimeoutMs === undefined ? {} : { jobTimeoutMs }),
    },
  };
}

function readWait(timeoutMs: unknown): number {
  return timeoutMs === undefined || timeoutMs === null
    ? USUAL_WAIT_MS
    : Math.min(Number(timeoutMs), LONGEST_WAIT_MS);
}

/** @throws BigQueryError that the job ended with */
function resultsOf({ store }: RouteDeps, job: Job, query: URLSearchParams): object {
  const { jobReference, status, statistics, configuration } = job;
  if (!configuration.query)
    throw new BigQueryError('invalid', `Job ${jobReference.jobId} is not a query job.`);
  if (status.state !== 'DONE') return { jobReference, jobComplete: false };
  if (status.errorResult) {
    const { reason, message, location } = status.errorResult;
    const known = (codeOf(reason) ? reason : 'invalid') as Reason;
    throw new BigQueryError(known, message, location === undefined ? {} : { location });
  }
  const counts = {
    jobReference,
    jobComplete: true,
    totalBytesProcessed: statistics.totalBytesProcessed ?? '0',
    cacheHit: false,
    ...(statistics.query?.numDmlAffectedRows === undefined
      ? {}
      : {
          numDmlAffectedRows: statistics.query.numDmlAffectedRows,
          dmlStats: statistics.query['dmlStats'],
        }),
  };
  const table =
    hasRows(job) && configuration.query.destinationTable
      ? store.tables.findTable(configuration.query.destinationTable)
      : null;
  if (!table) return { ...counts, schema: { fields: [] }, totalRows: '0' };
  const page = readRowPage(store.rows, table, query);
  return { ...counts, schema: table.schema, ...page };
}

/** The destination of DML and DDL is the table that they change. */
function hasRows({ statistics, configuration }: Job): boolean {
  const type = statistics.query?.statementType;
  return (
    type === 'SELECT' ||
    (type === 'SCRIPT' &&
      (configuration.query?.destinationTable?.tableId.startsWith('anon') ?? false))
  );
}
