import { EventEmitter, once } from 'node:events';
import { rm } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import type { FaultBook } from '../../../fault/fault-book.ts';
import { BigQueryError } from '../bigquery-error.ts';
import type { ErrorProto, Reason } from '../bigquery-error.ts';
import type { Job, JobConfiguration } from './job.ts';
import { runCopyJob } from './run-copy-job.ts';
import { runExtractJob } from './run-extract-job.ts';
import { runLoadJob } from './run-load-job.ts';
import { runQueryJob } from './run-query-job.ts';
import type { JobDeps, JobEnd, RunningJob } from './running-job.ts';

const RUNS: Readonly<
  Record<JobConfiguration['jobType'], (deps: JobDeps, running: RunningJob) => Promise<void>>
> = { QUERY: runQueryJob, LOAD: runLoadJob, COPY: runCopyJob, EXTRACT: runExtractJob };

const CANCELLED = new BigQueryError(
  'stopped',
  'Job execution was cancelled: User requested cancellation',
);
const STUCK_LOOK_MS = 100;

export interface RunnerDeps extends JobDeps {
  readonly faults: FaultBook;
}

/**
 * Carries out jobs. What a job writes and that it is DONE are written as one: after a kill a job that
 * had written nothing runs again, and one that had written a part fails.
 */
export class JobRunner {
  readonly #deps: RunnerDeps;
  readonly #running = new Map<
    string,
    { readonly abort: AbortController; readonly end: Promise<void> }
  >();
  readonly #ended = new EventEmitter();
  #isClosing = false;

  constructor(deps: RunnerDeps) {
    this.#deps = deps;
    this.#ended.setMaxListeners(0);
  }

  resume(): void {
    for (const job of this.#deps.store.jobs.unfinished()) {
      if (job.isPartlyDone === true) this.#fail(job, partlyDone());
      else this.start(job);
    }
  }

  /** A job that is written already. */
  start(job: Job): void {
    const abort = new AbortController();
    const { jobTimeoutMs } = job.configuration;
    const timer =
      jobTimeoutMs === undefined
        ? null
        : setTimeout(() => abort.abort(timedOut()), Number(jobTimeoutMs));
    const end = this.#carryOut(job, abort.signal).finally(() => {
      if (timer) clearTimeout(timer);
      this.#running.delete(keyOf(job));
      this.#ended.emit(keyOf(job));
    });
    this.#running.set(keyOf(job), { abort, end });
  }

  /** The job when it has ended, or as it is when the time is over. */
  async wait(job: Job, timeoutMs: number, signal: AbortSignal): Promise<Job> {
    if (this.#running.has(keyOf(job)) && timeoutMs > 0) {
      const timeout = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
      await once(this.#ended, keyOf(job), { signal: timeout }).catch(() => undefined);
    }
    return this.#read(job);
  }

  cancel(job: Job): void {
    this.#running.get(keyOf(job))?.abort.abort(CANCELLED);
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    const running = [...this.#running.values()];
    for (const { abort } of running) abort.abort(CANCELLED);
    await Promise.all(running.map(({ end }) => end));
  }

  async #carryOut(job: Job, signal: AbortSignal): Promise<void> {
    // Whoever sent it hears of it before it runs.
    await new Promise((resolve) => setImmediate(resolve));
    const started = this.#write({
      ...job,
      statistics: { ...job.statistics, startTime: this.#nowMs() },
      status: { state: 'RUNNING' },
    });
    try {
      await this.#suffer(started, signal);
      await RUNS[job.configuration.jobType](this.#deps, this.#asRunning(started, signal));
    } catch (error) {
      // A job that the end of this process stops runs again in the next one.
      if (this.#isClosing) return;
      this.#fail(this.#read(job), error instanceof BigQueryError ? error : ownMistake(error));
    } finally {
      if (!this.#isClosing) await rm(this.#deps.uploadOf(job), { force: true });
    }
  }

  #asRunning(job: Job, signal: AbortSignal): RunningJob {
    return {
      job,
      signal,
      isDone: () => this.#read(job).status.state === 'DONE',
      partlyDone: () => void this.#write({ ...job, isPartlyDone: true }),
      done: (end) => void this.#write(this.#ending(job, end)),
    };
  }

  #ending(job: Job, { statistics, destinationTable }: JobEnd): Job {
    const { query } = job.configuration;
    const configuration = {
      ...job.configuration,
      ...(query && destinationTable ? { query: { ...query, destinationTable } } : {}),
    };
    return {
      ...job,
      configuration,
      statistics: { ...job.statistics, ...statistics, endTime: this.#nowMs() },
      status: { state: 'DONE' },
    };
  }

  /** What a fault wants of it. */
  async #suffer(job: Job, signal: AbortSignal): Promise<void> {
    const { faults } = this.#deps;
    const trouble = faults.takeForOperation(`bigquery/${job.configuration.jobType.toLowerCase()}`);
    if (!trouble) return;
    const patient = (ms: number): Promise<void> =>
      wait(ms, undefined, { signal }).catch(() => signal.throwIfAborted());
    await patient(trouble.delayMs);
    while (trouble.effect === 'stuck' && faults.has(trouble.fault)) await patient(STUCK_LOOK_MS);
    if (trouble.effect === 'fail')
      throw new BigQueryError(REASONS[trouble.code] ?? 'backendError', trouble.message);
  }

  #fail(job: Job, error: BigQueryError): void {
    if (job.status.state === 'DONE') return;
    const location = error.location === undefined ? {} : { location: error.location };
    const errorResult: ErrorProto = { reason: error.reason, ...location, message: error.message };
    this.#write({
      ...job,
      statistics: { ...job.statistics, endTime: this.#nowMs() },
      status: { state: 'DONE', errorResult, errors: error.errors },
    });
  }

  #write(job: Job): Job {
    return this.#deps.store.jobs.write(job);
  }

  #read(job: Job): Job {
    const { projectId, jobId } = job.jobReference;
    return this.#deps.store.jobs.find(projectId, jobId) ?? job;
  }

  #nowMs(): string {
    return String(this.#deps.now().getTime());
  }
}

/** Of google.rpc.Code, which faults name. */
const REASONS: Readonly<Record<string, Reason>> = {
  UNAVAILABLE: 'backendError',
  INTERNAL: 'internalError',
  RESOURCE_EXHAUSTED: 'jobRateLimitExceeded',
  PERMISSION_DENIED: 'accessDenied',
  INVALID_ARGUMENT: 'invalid',
  NOT_FOUND: 'notFound',
};

function keyOf({ jobReference: { projectId, jobId } }: Job): string {
  return `${projectId}.${jobId}`;
}

function partlyDone(): BigQueryError {
  return new BigQueryError(
    'jobInternalError',
    'The job encountered an internal error during execution and was unable to complete successfully.',
  );
}

function timedOut(): BigQueryError {
  return new BigQueryError('stopped', 'Job execution was cancelled: Job timed out');
}

function ownMistake(error: unknown): BigQueryError {
  const message = error instanceof Error ? error.message : String(error);
  return new BigQueryError('internalError', `local-cloud's own mistake in a job: ${message}`);
}
