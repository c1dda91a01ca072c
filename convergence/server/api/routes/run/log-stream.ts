import type { Clock } from 'base/clock.ts';
import type { RunEvent } from '../../../../engine/run/run.ts';
import type { LogEnd, LogEvent } from '../../contract/run/run-log.ts';

/** Proxies and load balancers cut connections that are silent for longer, mostly after 30 to 60 s. */
const HEARTBEAT_MS = 15_000;
const RECONNECT_MS = 1_000;

export interface LogSource {
  /** Ends with the run, or when `signal` is aborted. */
  readonly events: AsyncIterable<RunEvent>;
  readonly clock: Pick<Clock, 'sleep'>;
  readonly signal: AbortSignal;
  /** What the stream ends with, once the run has ended. */
  readEnd(): Promise<LogEnd>;
}

/**
 * A run's log as Server-Sent Events (WHATWG HTML, section 9.2): named for their kind, kept ones
 * with an id, comments as heartbeats, at last `end`. Without `end` the reader shall come back.
 */
export async function* streamLog(source: LogSource): AsyncGenerator<string> {
  yield `retry: ${RECONNECT_MS}\n\n`;
  try {
    for await (const event of withHeartbeats(source)) {
      yield event === null ? ': still here\n\n' : renderEvent(event);
    }
  } catch (error) {
    if (!source.signal.aborted) throw error;
  }
  if (source.signal.aborted) return;
  yield `event: end\ndata: ${JSON.stringify(await source.readEnd())}\n\n`;
}

/** The events, and null whenever none came for a while. */
async function* withHeartbeats(source: LogSource): AsyncGenerator<RunEvent | null> {
  const iterator = source.events[Symbol.asyncIterator]();
  let next = iterator.next();
  try {
    for (;;) {
      const first = await raceWithSleep(next, source);
      if (first?.done) return;
      yield first && first.value;
      if (first) next = iterator.next();
    }
  } finally {
    await iterator.return?.();
  }
}

async function raceWithSleep<T>(next: Promise<T>, { clock }: LogSource): Promise<T | null> {
  const over = new AbortController();
  const asleep = clock.sleep(HEARTBEAT_MS, over.signal).then(
    () => null,
    () => null,
  );
  try {
    return await Promise.race([next, asleep]);
  } finally {
    over.abort();
  }
}

/** JSON has no line breaks, so one `data` line carries it. */
function renderEvent(event: RunEvent): string {
  const id = event.kind === 'progress' ? '' : `id: ${event.id}\n`;
  return `${id}event: ${event.kind}\ndata: ${JSON.stringify(presentEvent(event))}\n\n`;
}

export function presentEvent(event: RunEvent): LogEvent {
  return { ...event, at: event.at.toISOString(), detail: { ...event.detail } };
}
