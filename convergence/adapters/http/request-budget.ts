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
  #freed: (() => void) | undefined;

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
    signal.throwIfAborted();
    const turn = this.#turn.then(() => this.#start(signal));
    this.#turn = turn.catch(() => undefined);
    await unlessAborted(turn, signal);
    try {
      return await send();
    } finally {
      this.#underWay--;
      this.#freed?.();
    }
  }

  /** One at a time. */
  async #start(signal: AbortSignal): Promise<void> {
    while (this.#limits && this.#underWay >= this.#limits.concurrency) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#freed = resolve;
      await unlessAborted(promise, signal);
    }
    for (let waitMs = this.#waitMs(); waitMs > 0; waitMs = this.#waitMs()) {
      await this.#clock.sleep(waitMs, signal);
    }
    // Who gave up while waiting must not count as under way.
    signal.throwIfAborted();
    this.#underWay++;
    if (this.#limits) this.#starts.push(this.#clock.now().getTime());
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

async function unlessAborted(promise: Promise<void>, signal: AbortSignal): Promise<void> {
  const { promise: aborted, reject } = Promise.withResolvers<void>();
  const abort = () => reject(signal.reason as Error);
  signal.addEventListener('abort', abort, { once: true });
  try {
    await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
