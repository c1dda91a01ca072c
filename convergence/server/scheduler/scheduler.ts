import type { Clock } from 'base/clock.ts';
import type { Log } from 'base/log.ts';
import type { Chores } from './chores.ts';

export interface SchedulerDeps {
  readonly chores: Chores;
  /** When the next schedule is due; null: none. */
  readonly readNextDue: () => Promise<Date | null>;
  readonly clock: Clock;
  readonly log: Log;
}

/** A config that was changed is noticed within this time; a moment that is known begins on time. */
const LONGEST_REST_MS = 10_000;
/** What stays due, such as a schedule that another scheduler holds, is not asked for in a circle. */
const SHORTEST_REST_MS = 1_000;
const RESET_QUOTAS_EVERY_MS = 15 * 60_000;
const CLEAN_UP_EVERY_MS = 3_600_000;
const MIRROR_EVERY_MS = 60_000;

/** Does the chores of the platform until it is stopped. Any number of processes may have one. */
export class Scheduler {
  readonly #deps: SchedulerDeps;
  readonly #stopping = new AbortController();
  readonly #doneAtMs = new Map<keyof Chores, number>();
  #done: Promise<void> | null = null;

  constructor(deps: SchedulerDeps) {
    this.#deps = deps;
  }

  start(): void {
    this.#done = this.#work();
  }

  /** Resolves when the chore at hand is done. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#done;
  }

  async #work(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      await this.#try('fireSchedules', 0);
      await this.#try('resetDailyQuotas', RESET_QUOTAS_EVERY_MS);
      await this.#try('cleanUpRuns', CLEAN_UP_EVERY_MS);
      await this.#try('mirrorHistory', MIRROR_EVERY_MS);
      await this.#rest();
    }
  }

  async #try(chore: keyof Chores, everyMs: number): Promise<void> {
    const { chores, clock, log } = this.#deps;
    const nowMs = clock.now().getTime();
    if (this.#stopping.signal.aborted) return;
    if (nowMs - (this.#doneAtMs.get(chore) ?? -Infinity) < everyMs) return;
    this.#doneAtMs.set(chore, nowMs);
    try {
      await chores[chore]();
    } catch (error) {
      log.error('the scheduler could not do a chore', { chore, error });
    }
  }

  async #rest(): Promise<void> {
    const { clock, readNextDue, log } = this.#deps;
    const { signal } = this.#stopping;
    try {
      const nextDue = (await readNextDue())?.getTime() ?? Infinity;
      const restMs = Math.min(nextDue - clock.now().getTime(), LONGEST_REST_MS);
      await clock.sleep(Math.max(restMs, SHORTEST_REST_MS), signal);
    } catch (error) {
      if (signal.aborted) return;
      log.error('the scheduler cannot see what is due next', { error });
      await clock.sleep(LONGEST_REST_MS, signal).catch(() => undefined);
    }
  }
}
