import type { JobMetadata } from '@google-cloud/bigquery';
import type { BigQueryClient } from './bigquery-client.ts';
import { failureOf, JobFailed } from './translate-error.ts';
import { untilAborted } from './until-aborted.ts';
import { withRetries } from './with-retries.ts';

export interface JobSpec {
  /** The same id is the same job: sent again, it does not run again. Without one it has a new id. */
  readonly id?: string;
  readonly configuration: NonNullable<JobMetadata['configuration']>;
}

const FIRST_PAUSE_MS = 50;
const MAX_PAUSE_MS = 2000;
/** How long to wait for BigQuery to hear that a job is to end. */
const CANCEL_PATIENCE_MS = 500;

/**
 * Starts a job and waits for its end. A job that fails for a passing reason has written nothing, so
 * it is sent again under the next id of a row of ids that is always the same: whoever repeats all of
 * this after a crash finds what was done. An abort cancels the job.
 * @throws what `translateError` makes of its error; the reason of the signal
 */
export async function runJob(
  client: BigQueryClient,
  { id = client.deps.nextId(), configuration }: JobSpec,
  signal?: AbortSignal,
): Promise<JobMetadata> {
  return finishJob(
    client,
    { id, start: (jobId) => insertJob(client, { id: jobId, configuration }, signal) },
    signal,
  );
}

interface Startable {
  readonly id: string;
  /** Null when a job of that id is there already. */
  readonly start: (jobId: string) => Promise<JobMetadata | null>;
}

/** As `runJob`, for a job that is started in another way, such as with an upload. */
export async function finishJob(
  client: BigQueryClient,
  { id, start }: Startable,
  signal?: AbortSignal,
): Promise<JobMetadata> {
  return withRetries(
    async (attempt) => {
      const jobId = attempt === 1 ? id : `${id}_${attempt}`;
      try {
        const started = await start(jobId);
        return assertDone(await untilDone(client, { jobId, started }, signal));
      } catch (error) {
        if (signal?.aborted) await cancelJob(client, jobId);
        throw error;
      }
    },
    client.deps,
    signal,
  );
}

function insertJob(
  client: BigQueryClient,
  { id, configuration }: Required<JobSpec>,
  signal?: AbortSignal,
): Promise<JobMetadata | null> {
  const { projectId, location } = client;
  const jobReference = { projectId, jobId: id, location };
  const body = { jobReference, configuration };
  return startedOnce(client.call({ method: 'POST', path: '/jobs', body }, signal));
}

/** Null where a job of that id is there already: its start was repeated after a lost answer. */
export async function startedOnce(start: Promise<JobMetadata>): Promise<JobMetadata | null> {
  try {
    return await start;
  } catch (error) {
    if (failureOf(error)?.status === 409) return null;
    throw error;
  }
}

async function untilDone(
  client: BigQueryClient,
  { jobId, started }: { jobId: string; started: JobMetadata | null },
  signal?: AbortSignal,
): Promise<JobMetadata> {
  let job = started ?? (await readJob(client, jobId, signal));
  let pauseMs = FIRST_PAUSE_MS;
  while (job.status?.state !== 'DONE') {
    await client.deps.clock.sleep(pauseMs, signal);
    pauseMs = Math.min(MAX_PAUSE_MS, pauseMs * 1.5);
    job = await readJob(client, jobId, signal);
  }
  return job;
}

function readJob(
  client: BigQueryClient,
  jobId: string,
  signal?: AbortSignal,
): Promise<JobMetadata> {
  const { location } = client;
  return client.call({ method: 'GET', path: `/jobs/${jobId}`, query: { location } }, signal);
}

/** Done is not done well. */
function assertDone(job: JobMetadata): JobMetadata {
  const error = job.status?.errorResult;
  if (!error) return job;
  const { reason = '', message = 'the job failed' } = error;
  throw new JobFailed({ reason, message });
}

/** As far as BigQuery can be told within a moment; a job that it does not hear of ends by itself. */
async function cancelJob(client: BigQueryClient, jobId: string): Promise<void> {
  const { location } = client;
  const path = `/jobs/${jobId}/cancel`;
  const enough = AbortSignal.timeout(CANCEL_PATIENCE_MS);
  const cancel = client.call({ method: 'POST', path, query: { location } }, enough);
  await untilAborted(cancel, enough).catch(() => undefined);
}
