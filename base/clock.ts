import { setTimeout as wait } from 'node:timers/promises';

/** Time as a dependency, so that tests need not wait. */
export interface Clock {
  now(): Date;
  /** Resolves after `ms`; rejects with the signal's reason as soon as it is aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** setTimeout fires at once when asked for more than 2^31 - 1 ms (24.8 days). */
const MAX_TIMEOUT_MS = 2 ** 31 - 1;

async function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  signal?.throwIfAborted();
  const wakeAtMs = performance.now() + ms;
  try {
    for (let leftMs = ms; leftMs > 0; leftMs = wakeAtMs - performance.now()) {
      await wait(Math.min(leftMs, MAX_TIMEOUT_MS), undefined, { signal });
    }
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  }
}

export const systemClock: Clock = { now: () => new Date(), sleep };
