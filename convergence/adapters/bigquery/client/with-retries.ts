import { backoffMs } from 'base/retry.ts';
import type { RetryDeps } from 'base/retry.ts';
import { isRepeatable, translateError } from './translate-error.ts';

/** About half a minute in all. */
const POLICY = { maxAttempts: 7, firstDelayMs: 400, maxDelayMs: 16_000 };

/**
 * Calls again what failed for a reason that BigQuery's documents call passing.
 * @throws what `translateError` makes of the last failure; the reason of the signal
 */
export async function withRetries<T>(
  work: (attempt: number) => Promise<T>,
  { clock, random }: Pick<RetryDeps, 'clock' | 'random'>,
  signal?: AbortSignal,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    signal?.throwIfAborted();
    try {
      return await work(attempt);
    } catch (error) {
      signal?.throwIfAborted();
      if (attempt >= POLICY.maxAttempts || !isRepeatable(error)) throw translateError(error);
      await clock.sleep(backoffMs(attempt, POLICY, random()), signal);
    }
  }
}
