import type { Clock } from 'base/clock.ts';

export interface BudgetLimits {
  /** Starts of requests in any period of this length. */
  readonly requests: number;
  readonly periodMs: number;
  /** Requests under way. */
  readonly concurrency: number;
}

/**
 * What one credential may ask of its source, over all runs of this process. Requests start in the
 * order in which they asked.
 */
export class RequestBudget {
  readonly #clock: Clock;
  #limits: BudgetLimits | undefined;
  #starts: number[] = [];
  #underWay = 0;
  #pausedUntilMs = 0;
  #turn: Promise<void> = Promise.resolve();
  #freed: (() => void)[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The limits of the config that asked last count. */
  setLimits(limits: BudgetLimits | undefined): void {
    this.#limits = limits;
  }

  /** Nobody with this credential starts a request before. */
  pause(forMs: number): void {
    this.#pausedUntilMs = Math.max(this.#pausedUntilMs, this.#clock.now().getTime() + forMs);
  }

  /** Runs `send` when the budget allows. @throws the signal's reason while waiting */
  async spend<T>(signal: AbortSignal, send: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(() => this.#start(signal));
    this.#turn = turn.catch(() => undefined);
    await turn;
    try {
      return await send();
    } finally {
      this.#underWay--;
      this.#freed.shift()?.();
    }
  }

  async #start(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    await this.#freeSlot(signal);
    for (let waitMs = this.#waitMs(); waitMs > 0; waitMs = this.#waitMs()) {
      await this.#clock.sleep(waitMs, signal);
    }
    this.#underWay++;
    if (this.#limits) this.#starts.push(this.#clock.now().getTime());
  }

  async #freeSlot(signal: AbortSignal): Promise<void> {
    while (this.#limits && this.#underWay >= this.#limits.concurrency) {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const abort = () => reject(signal.reason as Error);
      signal.addEventListener('abort', abort, { once: true });
      this.#freed.push(resolve);
      try {
        await promise;
      } finally {
        signal.removeEventListener('abort', abort);
        this.#freed = this.#freed.filter((waiter) => waiter !== resolve);
      }
    }
  }

  #waitMs(): number {
    const nowMs = this.#clock.now().getTime();
    const pauseMs = this.#pausedUntilMs - nowMs;
    if (!this.#limits) return pauseMs;
    const { requests, periodMs } = this.#limits;
    this.#starts = this.#starts.filter((startMs) => startMs > nowMs - periodMs);
    const oldest = this.#starts[this.#starts.length - requests];
    return Math.max(pauseMs, oldest === undefined ? 0 : oldest + periodMs - nowMs);
  }
}
