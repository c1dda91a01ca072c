import type { TableReference } from '../resource/reference.ts';
import type { SqlEngine } from '../sql/sql-engine.ts';
import type { BigQueryStore } from '../store/bigquery-store.ts';
import type { ObjectStore } from '../../storage/store/object-store.ts';
import type { DuckDb } from '../load/duck-db.ts';
import type { Job } from './job.ts';

export interface JobDeps {
  readonly store: BigQueryStore;
  readonly engine: SqlEngine;
  readonly duckDb: DuckDb;
  /** Cloud Storage's. */
  readonly objects: ObjectStore;
  /** The file that came with a job. */
  readonly uploadOf: (job: Job) => string;
  readonly now: () => Date;
}

export interface JobEnd {
  readonly statistics: object;
  /** Of a query, what it wrote to; null: nothing. */
  readonly destinationTable?: TableReference | null;
}

/** A job as whoever carries it out sees it. */
export interface RunningJob {
  readonly job: Job;
  /** Aborted with the error that the job shall end with. */
  readonly signal: AbortSignal;
  /** Writes that the job is DONE: in the transaction of SQLite that writes what it did. */
  done(end: JobEnd): void;
  /** Writes that it has done something and goes on: in the transaction that writes it. */
  partlyDone(): void;
  isDone(): boolean;
}
