import type { Clock } from 'base/clock.ts';
import { DueLoop } from '../../push/due-loop.ts';
import { durationMs } from '../../push/duration.ts';
import { sendPush } from '../../push/send-push.ts';
import type { PushOutcome, PushRequest } from '../../push/send-push.ts';
import type { KeptQueue } from './queue.ts';
import { queueOf } from './task.ts';
import type { KeptTask } from './task.ts';
import type { TaskStore } from './task-store.ts';
import { TokenBucket } from './token-bucket.ts';
import { beginAttempt, endAttempt } from './turn-task.ts';

const LOST: PushOutcome = {
  code: 'UNAVAILABLE',
  message: 'local-cloud ended during the attempt.',
  httpStatus: null,
};

/** Sends tasks when they are due, as fast as their queue allows. */
export class TaskRunner {
  readonly #store: TaskStore;
  readonly #clock: Clock;
  readonly #loop: DueLoop;
  readonly #buckets = new Map<string, TokenBucket>();
  readonly #closing = new AbortController();
  readonly #calls = new Set<Promise<void>>();

  constructor({ store, clock }: { readonly store: TaskStore; readonly clock: Clock }) {
    this.#store = store;
    this.#clock = clock;
    this.#loop = new DueLoop({
      clock,
      nextDueMs: () => this.#nextDueMs(),
      runDue: (now) => this.#runDue(now),
    });
  }

  /** Tasks or queues have changed. */
  wake(): void {
    this.#loop.wake();
  }

  /** The limits of a queue have changed. */
  forgetRate(queue: string): void {
    this.#buckets.delete(queue);
    this.wake();
  }

  /** Attempts a task at once, whatever its queue allows. */
  force(task: KeptTask): KeptTask {
    return this.#begin(task, this.#clock.now());
  }

  /** An attempt that was cut off may have arrived: it is made again, as Cloud Tasks would. */
  resume(): void {
    for (const { name } of this.#store.queues()) {
      for (const task of this.#store.tasks(name)) if (task.isCalling) this.#end(task.name, LOST);
    }
    this.#loop.start();
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await Promise.all([this.#loop.close(), ...this.#calls]);
  }

  #nextDueMs(): number {
    const nowMs = this.#clock.now().getTime();
    const dues = this.#store.queues().map((queue) => {
      const [first] = this.#sendable(queue);
      if (first === undefined) return Infinity;
      return Math.max(Date.parse(first.dueAt), this.#bucketOf(queue, nowMs).nextMs(nowMs));
    });
    return Math.min(Infinity, ...dues);
  }

  #runDue(now: Date): void {
    for (const queue of this.#store.queues()) {
      const due = this.#sendable(queue).filter(({ dueAt }) => Date.parse(dueAt) <= now.getTime());
      const bucket = this.#bucketOf(queue, now.getTime());
      for (const task of due) {
        if (!bucket.take(now.getTime())) break;
        this.#begin(task, now);
      }
    }
  }

  /** The earliest first, and no more than may be sent beside those that are under way. */
  #sendable({ name, state, wanted }: KeptQueue): readonly KeptTask[] {
    if (state !== 'RUNNING') return [];
    const tasks = this.#store.tasks(name);
    const places =
      wanted.rateLimits.maxConcurrentDispatches - tasks.filter((task) => task.isCalling).length;
    return tasks
      .filter(({ isCalling }) => !isCalling)
      .toSorted((a, b) => Date.parse(a.dueAt) - Date.parse(b.dueAt))
      .slice(0, Math.max(0, places));
  }

  #bucketOf({ name, wanted }: KeptQueue, nowMs: number): TokenBucket {
    const { maxDispatchesPerSecond: perSecond, maxBurstSize: burst } = wanted.rateLimits;
    const bucket = this.#buckets.get(name) ?? new TokenBucket({ perSecond, burst, nowMs });
    this.#buckets.set(name, bucket);
    return bucket;
  }

  #begin(task: KeptTask, now: Date): KeptTask {
    const begun = beginAttempt(task, now);
    this.#store.writeTask(begun);
    const call = this.#call(begun).finally(() => this.#calls.delete(call));
    this.#calls.add(call);
    return begun;
  }

  async #call(task: KeptTask): Promise<void> {
    const outcome = await sendPush(requestOf(task), {
      deadlineMs: durationMs(task.deadline),
      clock: this.#clock,
      signal: this.#closing.signal,
    });
    if (!this.#closing.signal.aborted) this.#end(task.name, outcome);
  }

  #end(name: string, outcome: PushOutcome): void {
    const task = this.#store.task(name);
    const queue = this.#store.queue(queueOf(name));
    if (task === undefined || queue === undefined) return;
    const now = this.#clock.now();
    const next = endAttempt(task, { outcome, retryConfig: queue.wanted.retryConfig }, now);
    if (next === null) this.#store.endTasks([name], now);
    else this.#store.writeTask(next);
    this.wake();
  }
}

function requestOf({
  name,
  request,
  dueAt,
  dispatchCount,
  responseCount,
  last,
}: KeptTask): PushRequest {
  const [, , , , , queue = '', , id = ''] = name.split('/');
  const { url, httpMethod: method, headers, body, oauthToken, oidcToken } = request;
  return {
    url,
    method,
    headers,
    own: {
      'User-Agent': 'Google-Cloud-Tasks',
      'X-CloudTasks-QueueName': queue,
      'X-CloudTasks-TaskName': id,
      'X-CloudTasks-TaskRetryCount': String(dispatchCount - 1),
      'X-CloudTasks-TaskExecutionCount': String(responseCount),
      'X-CloudTasks-TaskETA': String(Date.parse(last?.scheduleTime ?? dueAt) / 1000),
    },
    ...(body !== undefined && { body }),
    ...(oauthToken && { oauthToken }),
    ...(oidcToken && { oidcToken }),
  };
}
