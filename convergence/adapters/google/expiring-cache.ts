import type { Clock } from 'base/clock.ts';

interface Entry<T> {
  readonly value: Promise<T>;
  readonly untilMs: number;
}

const MAX_ENTRIES = 10_000;

/** What was read, for some time. Who asks while it is being read waits for the same reading. */
export class ExpiringCache<T> {
  readonly #ttlMs: number;
  readonly #clock: Pick<Clock, 'now'>;
  readonly #entries = new Map<string, Entry<T>>();

  constructor(ttlMs: number, clock: Pick<Clock, 'now'>) {
    this.#ttlMs = ttlMs;
    this.#clock = clock;
  }

  /** A reading that fails is not kept. */
  async get(key: string, read: () => Promise<T>): Promise<T> {
    const nowMs = this.#clock.now().getTime();
    const kept = this.#entries.get(key);
    if (kept && kept.untilMs > nowMs) return await kept.value;
    const entry = { value: read(), untilMs: nowMs + this.#ttlMs };
    // Set anew, it is the youngest.
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    const [oldest] = this.#entries.keys();
    if (this.#entries.size > MAX_ENTRIES && oldest !== undefined) this.#entries.delete(oldest);
    try {
      return await entry.value;
    } catch (error) {
      if (this.#entries.get(key) === entry) this.#entries.delete(key);
      throw error;
    }
  }
}
