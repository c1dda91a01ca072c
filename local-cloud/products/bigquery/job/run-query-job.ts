import type { Field } from 'googlesql/field.ts';
import { createHash } from 'node:crypto';
import type { TableReference } from '../resource/reference.ts';
import { readParameters } from '../sql/sql-parameter.ts';
import { runScript } from '../sql/run-script.ts';
import type { StatementOutcome } from '../sql/run-script.ts';
import type { ScriptScope } from '../sql/script-scope.ts';
import type { BigQueryStore } from '../store/bigquery-store.ts';
import type { Job, QueryConfiguration } from './job.ts';
import type { JobDeps, RunningJob } from './running-job.ts';
import { queryStatistics } from './query-statistics.ts';
import { writeDestination } from './write-destination.ts';

const DAY_MS = 86_400_000;

/** Runs a query or a script, and keeps its rows in its destination, or for a day. */
export async function runQueryJob(deps: JobDeps, running: RunningJob): Promise<void> {
  const { store, engine, now } = deps;
  const { job, signal } = running;
  const query = job.configuration.query as QueryConfiguration;
  const end = (outcomes: readonly StatementOutcome[]): void => {
    const destinationTable =
      query.destinationTable ?? keepResult(store, job, { outcomes, now: now() });
    running.done({ statistics: queryStatistics(outcomes), destinationTable });
  };
  const outcomes = await runScript(
    {
      store,
      engine,
      now,
      signal,
      scope: scopeOf(job),
      maximumBytesBilled: query.maximumBytesBilled ? Number(query.maximumBytesBilled) : null,
      committed: (done, isLast) => (isLast ? end(done) : running.partlyDone()),
    },
    query.query,
  );
  if (outcomes.length === 1 && query.destinationTable) await writeResult(deps, running, outcomes);
  else if (!running.isDone()) store.atomically(() => end(outcomes));
}

export function scopeOf({
  configuration,
  jobReference,
}: Pick<Job, 'configuration' | 'jobReference'>): ScriptScope {
  const { defaultDataset, queryParameters = [] } = configuration.query as QueryConfiguration;
  const { projectId } = jobReference;
  const { datasetId } = defaultDataset ?? {};
  return {
    projectId,
    defaultDataset:
      datasetId === undefined
        ? null
        : { projectId: defaultDataset?.projectId ?? projectId, datasetId },
    parameters: readParameters(queryParameters),
  };
}

/** What the last statement with a result gave. */
function resultOf(
  outcomes: readonly StatementOutcome[],
): { fields: readonly Field[]; rows: readonly Buffer[] } | null {
  const last = outcomes.findLast(({ rows }) => rows !== undefined);
  return last?.rows && last.fields ? { fields: last.fields, rows: last.rows } : null;
}

interface Keeping {
  readonly outcomes: readonly StatementOutcome[];
  readonly now: Date;
}

/** In a table without a name of its own, as BigQuery keeps results for a day. */
function keepResult(
  store: BigQueryStore,
  { jobReference }: Job,
  { outcomes, now }: Keeping,
): TableReference | null {
  const result = resultOf(outcomes);
  if (!result) return outcomes.at(-1)?.target ?? null;
  const { projectId, jobId, location } = jobReference;
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
    schema: { fields: result.fields },
  });
  store.rows.apply([{ tableKey: key, removed: [], added: result.rows }]);
  return tableReference;
}

async function writeResult(
  { store, now }: JobDeps,
  running: RunningJob,
  outcomes: readonly StatementOutcome[],
): Promise<void> {
  const result = resultOf(outcomes);
  const query = running.job.configuration.query as QueryConfiguration;
  if (!result || running.isDone() || !query.destinationTable) return;
  const {
    writeDisposition = 'WRITE_EMPTY',
    createDisposition,
    schemaUpdateOptions,
    ...layout
  } = query as never as Record<string, never>;
  const write = await writeDestination(store, {
    ...layoutOf(layout),
    ...result,
    reference: query.destinationTable,
    writeDisposition,
    ...(createDisposition === undefined ? {} : { createDisposition }),
    ...(schemaUpdateOptions === undefined ? {} : { schemaUpdateOptions }),
    now: now(),
  });
  const destinationTable = query.destinationTable;
  try {
    store.atomically(() => {
      write.apply();
      running.done({ statistics: queryStatistics(outcomes), destinationTable });
    });
  } finally {
    write.end();
  }
}

/** How a job wants a table that it makes to be parted. */
export function layoutOf(configuration: Readonly<Record<string, unknown>>): object {
  const names = ['timePartitioning', 'rangePartitioning', 'clustering'];
  const given = names.filter((name) => configuration[name] !== undefined);
  return Object.fromEntries(given.map((name) => [name, configuration[name]]));
}
