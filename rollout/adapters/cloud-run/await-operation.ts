import type { Clock } from 'base/clock.ts';
import { AppError } from 'base/error.ts';
import { fail } from '../../engine/error-codes.ts';

/** A google.longrunning.Operation, as far as its end goes. */
export interface OperationRead {
  readonly done?: boolean | null;
  readonly error?: { readonly code?: number | null; readonly message?: string | null } | null;
}

export interface AwaitOptions {
  readonly deadline: Date;
  readonly clock: Clock;
  readonly signal?: AbortSignal;
}

const FIRST_DELAY_MS = 50;
const MAX_DELAY_MS = 2000;
const GROWTH = 1.5;

/**
 * Asks until the operation is done. A platform that does not answer may answer later, so that only
 * the deadline ends the waiting.
 * @throws operation_failed, operation_overdue, and what `read` throws for good
 */
export async function awaitOperation(
  name: string,
  read: () => Promise<OperationRead>,
  { deadline, clock, signal }: AwaitOptions,
): Promise<void> {
  for (let delayMs = FIRST_DELAY_MS; ; delayMs = Math.min(MAX_DELAY_MS, delayMs * GROWTH)) {
    signal?.throwIfAborted();
    const seen = await orTransient(read);
    if (!(seen instanceof AppError) && seen.done) return requireSuccess(name, seen);
    const leftMs = deadline.getTime() - clock.now().getTime();
    if (leftMs <= 0) throw overdue(name, deadline, seen);
    await clock.sleep(Math.min(delayMs, leftMs), signal);
  }
}

async function orTransient(read: () => Promise<OperationRead>): Promise<OperationRead | AppError> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof AppError && error.kind === 'transient') return error;
    throw error;
  }
}

function requireSuccess(name: string, { error }: OperationRead): void {
  if (!error?.code) return;
  throw fail('operation_failed', error.message ?? `ended with code ${error.code}`, {
    details: { operation: name, code: error.code },
  });
}

function overdue(name: string, deadline: Date, seen: OperationRead | AppError): AppError {
  const why = seen instanceof AppError ? seen.message : 'it is still running';
  return fail('operation_overdue', `${name} did not end by ${deadline.toISOString()}: ${why}`, {
    hint: 'It may still end. `rollout resume` goes on waiting.',
    ...(seen instanceof AppError && { cause: seen }),
  });
}
