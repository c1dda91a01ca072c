import type { Clock } from 'base/clock.ts';
import type { Records } from '../../control-plane/records.ts';
import { DueLoop } from '../../push/due-loop.ts';
import { durationMs } from '../../push/duration.ts';
import { sendPush } from '../../push/send-push.ts';
import type { PushRequest } from '../../push/send-push.ts';
import { methodOf } from './fill-job.ts';
import { showOwnHeaders } from './job.ts';
import type { KeptJob } from './job.ts';
import { beginAttempt, endAttempt, endLostAttempt } from './turn-job.ts';

const KIND = 'scheduler.job';

/**
 * The jobs, and the attempts that they make. That an attempt begins is on disk before its request
 * leaves, so that none is made twice, whatever ends this process.
 */
export class JobRunner {
  readonly #records: Records;
  readonly #clock: Clock;
  readonly #jobs: Map<string, KeptJob>;
  readonly #loop: DueLoop;
  readonly #closing = new AbortController();
  readonly #calls = new Set<Promise<void>>();

  constructor({ records, clock }: { readonly records: Records; readonly clock: Clock }) {
    this.#records = records;
    this.#clock = clock;
    const jobs = records.list<KeptJob>(KIND);
    this.#jobs = new Map(jobs.map((job) => [job.name, job]));
    this.#loop = new DueLoop({
      clock,
      nextDueMs: () => Math.min(...this.#waiting().map(({ atMs }) => atMs), Infinity),
      runDue: (now) => this.#runDue(now),
    });
  }

  list(): readonly KeptJob[] {
    return [...this.#jobs.values()];
  }

  find(name: string): KeptJob | undefined {
    return this.#jobs.get(name);
  }

  write(job: KeptJob): KeptJob {
    this.#records.write([{ kind: KIND, name: job.name, value: job }]);
    this.#jobs.set(job.name, job);
    this.#loop.wake();
    return job;
  }

  delete(name: string): void {
    this.#records.write([{ kind: KIND, name, value: null }]);
    this.#jobs.delete(name);
    this.#loop.wake();
  }

  /** Makes an attempt at once, also of a paused job, and beside one that is under way. */
  force(job: KeptJob): KeptJob {
    return this.#begin(beginAttempt(job, this.#clock.now(), true));
  }

  resume(): void {
    for (const job of this.#jobs.values()) {
      const settled = endLostAttempt(job, this.#clock.now());
      if (settled !== job) this.write(settled);
    }
    this.#loop.start();
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await Promise.all([this.#loop.close(), ...this.#calls]);
  }

  #waiting(): { readonly job: KeptJob; readonly atMs: number }[] {
    return this.list().flatMap((job) =>
      job.dueAt === null || job.execution?.isCalling ? [] : [{ job, atMs: Date.parse(job.dueAt) }],
    );
  }

  #runDue(now: Date): void {
    for (const { job, atMs } of this.#waiting())
      if (atMs <= now.getTime()) this.#begin(beginAttempt(job, now));
  }

  #begin(job: KeptJob): KeptJob {
    const begun = this.write(job);
    const call = this.#call(begun).finally(() => this.#calls.delete(call));
    this.#calls.add(call);
    return begun;
  }

  async #call({ name, wanted, execution: ended }: KeptJob): Promise<void> {
    if (ended === null || wanted.httpTarget === undefined) return;
    const outcome = await sendPush(requestOf(name, wanted.httpTarget, ended.scheduleTime), {
      deadlineMs: durationMs(wanted.attemptDeadline ?? '180s'),
      clock: this.#clock,
      signal: this.#closing.signal,
    });
    const job = this.#jobs.get(name);
    // What this close has cut off, the next start finds as begun.
    if (job === undefined || this.#closing.signal.aborted) return;
    this.write(endAttempt(job, { ended, outcome }, this.#clock.now()));
  }
}

function requestOf(
  name: string,
  target: NonNullable<KeptJob['wanted']['httpTarget']>,
  scheduleTime: string,
): PushRequest {
  const { uri, headers = {}, body, oauthToken, oidcToken } = showOwnHeaders(target);
  return {
    url: uri,
    method: methodOf(target),
    headers,
    own: {
      'User-Agent': 'Google-Cloud-Scheduler',
      'X-CloudScheduler': 'true',
      'X-CloudScheduler-JobName': name.slice(name.lastIndexOf('/') + 1),
      'X-CloudScheduler-ScheduleTime': scheduleTime,
    },
    ...(body !== undefined && { body }),
    ...(oauthToken && { oauthToken }),
    ...(oidcToken && { oidcToken }),
  };
}
