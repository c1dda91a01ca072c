import type { Clock } from './clock.ts';

interface Sleeper {
  readonly wakeAtMs: number;
  readonly wake: () => void;
}

/**
 * A clock that stands still until `advance` moves it. With `instant`, each sleep moves it by itself
 * and returns, so that code with long backoffs ends at once; `slept` holds what was asked for.
 */
export class FakeClock implements Clock {
  readonly slept: number[] = [];
  readonly #instant: boolean;
  #nowMs: number;
  #sleepers: Sleeper[] = [];

  constructor(options: { now?: string; instant?: boolean } = {}) {
    this.#nowMs = Date.parse(options.now ?? '2026-01-01T00:00:00.000Z');
    this.#instant = options.instant ?? false;
  }

  now(): Date {
    return new Date(this.#nowMs);
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    this.slept.push(ms);
    if (this.#instant) {
      this.#nowMs += ms;
      return;
    }
    await this.#untilWoken(this.#nowMs + ms, signal);
  }

  /** Moves time and wakes who is due, earliest first; what they then do runs before the next wakes. */
  async advance(ms: number): Promise<void> {
    const untilMs = this.#nowMs + ms;
    for (let next = this.#nextDue(untilMs); next; next = this.#nextDue(untilMs)) {
      this.#nowMs = Math.max(this.#nowMs, next.wakeAtMs);
      next.wake();
      await new Promise((done) => setImmediate(done));
    }
    this.#nowMs = untilMs;
  }

  #nextDue(untilMs: number): Sleeper | undefined {
    const due = this.#sleepers.filter((sleeper) => sleeper.wakeAtMs <= untilMs);
    return due.toSorted((a, b) => a.wakeAtMs - b.wakeAtMs)[0];
  }

  #untilWoken(wakeAtMs: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        this.#sleepers = this.#sleepers.filter((other) => other !== sleeper);
        signal?.removeEventListener('abort', abort);
      };
      const abort = (): void => {
        leave();
        reject(signal?.reason as Error);
      };
      const wake = (): void => {
        leave();
        resolve();
      };
      const sleeper = { wakeAtMs, wake };
      this.#sleepers.push(sleeper);
      signal?.addEventListener('abort', abort);
    });
  }
}
