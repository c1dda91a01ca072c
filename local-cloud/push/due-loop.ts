import type { Clock } from 'base/clock.ts';

export interface DueLoopDeps {
  readonly clock: Clock;
  /** When something is due next, in milliseconds since 1970; Infinity: nothing is. */
  readonly nextDueMs: () => number;
  /** Begins all that is due, without waiting for it; what it began is no longer due. */
  readonly runDue: (now: Date) => void;
}

/** Sleeps until something is due and has it run, until it is closed. */
export class DueLoop {
  readonly #deps: DueLoopDeps;
  readonly #closing = new AbortController();
  #sleep = new AbortController();
  #loop: Promise<void> | undefined;

  constructor(deps: DueLoopDeps) {
    this.#deps = deps;
  }

  start(): void {
    this.#loop ??= this.#run();
  }

  /** What is due next may have changed. */
  wake(): void {
    this.#sleep.abort();
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.wake();
    await this.#loop;
  }

  async #run(): Promise<void> {
    const { clock, nextDueMs, runDue } = this.#deps;
    while (!this.#closing.signal.aborted) {
      this.#sleep = new AbortController();
      const waitMs = Math.min(nextDueMs() - clock.now().getTime(), LONGEST_MS);
      if (waitMs > 0) await clock.sleep(waitMs, this.#sleep.signal).catch(() => undefined);
      if (!this.#closing.signal.aborted) runDue(clock.now());
    }
  }
}

/** The clock of a machine that slept, or was set, is looked at again after this. */
const LONGEST_MS = 60_000;
