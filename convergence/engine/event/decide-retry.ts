import { AppError } from 'base/error.ts';
import { backoffMs } from 'base/retry.ts';

/** With the delays below, a delivery that always fails is tried for about half a day. */
const MAX_ATTEMPTS = 30;
const DELAYS = { maxAttempts: MAX_ATTEMPTS, firstDelayMs: 5_000, maxDelayMs: 3_600_000 };

export interface FailedDelivery {
  /** Of this delivery and of its sink in a row, this failure not counted. */
  readonly attempts: number;
  readonly failures: number;
  readonly error: unknown;
}

export interface Setback {
  readonly state: 'waiting' | 'dead';
  readonly attempts: number;
  readonly dueAt: Date;
  readonly failures: number;
  /** Until then nothing is sent to the sink at all; then one event, to see whether it is back. */
  readonly sinkDueAt: Date;
  readonly lastError: string;
}

/** What follows from a failure, for the delivery and for its sink. */
export function decideRetry(
  failed: FailedDelivery,
  at: { readonly now: Date; readonly random: () => number },
): Setback {
  const attempts = failed.attempts + 1;
  const failures = failed.failures + 1;
  const later = (delayMs: number) => new Date(at.now.getTime() + delayMs);
  const { error } = failed;
  const known = error instanceof AppError;
  const asked = known ? error.details.retryAfterMs : undefined;
  const askedMs = typeof asked === 'number' ? Math.min(asked, DELAYS.maxDelayMs) : 0;
  return {
    state: attempts >= MAX_ATTEMPTS ? 'dead' : 'waiting',
    attempts,
    dueAt: later(Math.max(askedMs, backoffMs(attempts, DELAYS, at.random()))),
    failures,
    sinkDueAt: later(Math.max(askedMs, backoffMs(failures, DELAYS, at.random()))),
    lastError: known ? error.message : 'a mistake of Convergence; its log holds the evidence',
  };
}
