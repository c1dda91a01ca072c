import type { DatabaseSync } from 'node:sqlite';
import type { Job } from '../job/job.ts';

export interface JobFilter {
  readonly projectId: string;
  readonly states: readonly string[];
  readonly minCreatedMs: number;
  readonly maxCreatedMs: number;
  readonly parentJobId: string | null;
}

/** Jobs, the newest first. */
export class JobStore {
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  find(projectId: string, jobId: string): Job | null {
    const row = this.#sql('SELECT job FROM job WHERE project = ? AND id = ?').get(projectId, jobId);
    return row ? (JSON.parse(String(row['job'])) as Job) : null;
  }

  write(job: Job): Job {
    const { projectId, jobId } = job.jobReference;
    this.#sql('INSERT OR REPLACE INTO job VALUES (?, ?, ?, ?, ?)').run(
      projectId,
      jobId,
      Number(job.statistics.creationTime),
      job.status.state,
      JSON.stringify(job),
    );
    return job;
  }

  delete(projectId: string, jobId: string): void {
    this.#sql('DELETE FROM job WHERE project = ? AND id = ?').run(projectId, jobId);
  }

  list({ projectId, states, minCreatedMs, maxCreatedMs, parentJobId }: JobFilter): Job[] {
    const rows = this.#sql(
      `SELECT job FROM job WHERE project = ? AND created_ms BETWEEN ? AND ?
       AND job ->> '$.statistics.parentJobId' IS ? ORDER BY created_ms DESC, id`,
    ).all(projectId, minCreatedMs, Math.min(maxCreatedMs, Number.MAX_SAFE_INTEGER), parentJobId);
    return rows
      .map(({ job }) => JSON.parse(String(job)) as Job)
      .filter(({ status }) => states.length === 0 || states.includes(status.state));
  }

  unfinished(): Job[] {
    return this.#sql(`SELECT job FROM job WHERE state <> 'DONE' ORDER BY created_ms`)
      .all()
      .map(({ job }) => JSON.parse(String(job)) as Job);
  }

  #sql(text: string): ReturnType<DatabaseSync['prepare']> {
    return this.#database.prepare(text);
  }
}
