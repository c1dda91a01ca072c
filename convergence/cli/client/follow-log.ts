import { AppError } from 'base/error.ts';
import { systemClock } from 'base/clock.ts';
import { fail } from '../../engine/error-codes.ts';
import type { LogEvent } from '../../server/api/contract/run/run-log.ts';
import type { ApiClient } from './api-client.ts';

const MAX_BREAKS = 10;
const FIRST_PAUSE_MS = 100;
/** Together the pauses last 21 s, longer than a server needs to start again. */
const MAX_PAUSE_MS = 5_000;

/**
 * Events of a run until it has ended. A connection that breaks is taken up behind the last stored
 * event, so that none is missing or told twice. @throws what the platform answers; the reason of
 * the signal
 */
export async function* followLog(
  client: ApiClient,
  runId: string,
  signal: AbortSignal,
): AsyncGenerator<LogEvent> {
  let after = 0;
  let isOver = false;
  for (let breaks = 0; breaks < MAX_BREAKS; breaks++) {
    if (breaks > 0) await systemClock.sleep(pauseMs(breaks), signal);
    try {
      for await (const { name, data } of client.streamLog(runId, after, signal)) {
        // Read on to the close: undici replaces a connection that is broken off, and a server that
        // shuts down would wait for the unused one.
        if (name === 'end') isOver = true;
        if (isOver) continue;
        const event = JSON.parse(data) as LogEvent;
        if (event.kind !== 'progress') after = event.id;
        breaks = 0;
        yield event;
      }
      if (isOver) return;
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof AppError && error.kind !== 'transient') throw error;
    }
  }
  throw fail('platform_unreachable', `the log of run ${runId} broke off ${MAX_BREAKS} times`, {
    hint: 'The run itself goes on; look at it with `convergence runs`.',
  });
}

function pauseMs(breaks: number): number {
  return Math.min(FIRST_PAUSE_MS * 2 ** (breaks - 1), MAX_PAUSE_MS);
}
