import type { Clock } from './clock.ts';
import { AppError } from './error.ts';

export interface RetryPolicy {
  /** Calls in all, the first one included. */
  readonly maxAttempts: number;
  /** The wait before the second attempt lies between 0 and this, then doubles. */
  readonly firstDelayMs: number;
  readonly maxDelayMs: number;
}

export interface RetryDeps {
  readonly clock: Clock;
  /** From 0 to below 1, as `Math.random`. */
  readonly random: () => number;
  readonly signal?: AbortSignal;
  readonly onRetry?: (failed: FailedAttempt) => void;
}

export interface FailedAttempt {
  /** From 1. */
  readonly attempt: number;
  readonly delayMs: number;
  readonly error: AppError;
}

/**
 * Calls `call` until it succeeds, fails for good, or the attempts are used up; then throws its last
 * error. Only errors of kind `transient` are repeated. Waits with exponential backoff and full
 * jitter, or exactly `details.retryAfterMs` of the error when the other side asked for that.
 * An abort ends the wait and throws the signal's reason.
 */
export async function retry<T>(
  call: (attempt: number) => Promise<T>,
  policy: RetryPolicy,
  deps: RetryDeps,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    deps.signal?.throwIfAborted();
    try {
      return await call(attempt);
    } catch (error) {
      if (attempt >= policy.maxAttempts || !isTransient(error)) throw error;
      const delayMs = askedDelayMs(error) ?? backoffMs(attempt, policy, deps.random());
      deps.onRetry?.({ attempt, delayMs, error });
      await deps.clock.sleep(delayMs, deps.signal);
    }
  }
}

function isTransient(error: unknown): error is AppError {
  return error instanceof AppError && error.kind === 'transient';
}

function askedDelayMs(error: AppError): number | undefined {
  const asked = error.details.retryAfterMs;
  return typeof asked === 'number' && asked >= 0 ? asked : undefined;
}

/** Full jitter spreads clients that failed together: AWS, "Exponential Backoff And Jitter". */
export function backoffMs(attempt: number, policy: RetryPolicy, random: number): number {
  const ceilingMs = Math.min(policy.maxDelayMs, policy.firstDelayMs * 2 ** (attempt - 1));
  return Math.round(random * ceilingMs);
}
