import { readParameters } from '../sql/sql-parameter.ts';
import { runScript } from '../sql/run-script.ts';
import type { StatementOutcome } from '../sql/run-script.ts';
import type { ScriptScope } from '../sql/script-scope.ts';
import type { Job, QueryConfiguration } from './job.ts';
import type { JobDeps, RunningJob } from './running-job.ts';
import { writeChildJobs } from './child-jobs.ts';
import { keepResult } from '../store/keep-result.ts';
import { queryStatistics } from './query-statistics.ts';
import { writeDestination } from '../store/write-destination.ts';

/** Runs a query or a script, and keeps its rows in its destination, or for a day. */
export async function runQueryJob(deps: JobDeps, running: RunningJob): Promise<void> {
  const { store, engine, now } = deps;
  const { job, signal } = running;
  const query = job.configuration.query as QueryConfiguration;
  const end = (outcomes: readonly StatementOutcome[]): void => {
    const outcome = resultOf(outcomes);
    const destinationTable =
      query.destinationTable ?? keepResult(store, job.jobReference, { outcome, now: now() });
    if (outcomes.length > 1) writeChildJobs(store, job, { outcomes, now: now() });
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
      hasDestination: query.destinationTable !== undefined,
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

/** The last statement that gave rows, or else the last one. */
function resultOf(outcomes: readonly StatementOutcome[]): StatementOutcome | undefined {
  return outcomes.findLast(({ rows }) => rows !== undefined) ?? outcomes.at(-1);
}

async function writeResult(
  { store, now }: JobDeps,
  running: RunningJob,
  outcomes: readonly StatementOutcome[],
): Promise<void> {
  const { fields, rows } = resultOf(outcomes) ?? {};
  const query = running.job.configuration.query as QueryConfiguration;
  if (!fields || !rows || running.isDone() || !query.destinationTable) return;
  const {
    writeDisposition = 'WRITE_EMPTY',
    createDisposition,
    schemaUpdateOptions,
    ...layout
  } = query as never as Record<string, never>;
  const write = await writeDestination(store, {
    ...layoutOf(layout),
    fields,
    rows,
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
