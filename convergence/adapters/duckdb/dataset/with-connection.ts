import { setTimeout } from 'node:timers/promises';
import type { DuckDBConnection } from '@duckdb/node-api';
import { translateError } from '../translate-error.ts';

export type Connect = () => Promise<DuckDBConnection>;
export type Work<T> = (connection: DuckDBConnection) => Promise<T>;

/** Keys are unique only in tables of the product, where a second writer finds what the first wrote. */
const CONFLICT =
  /^TransactionContext Error: |write-write conflict|^Constraint Error: Duplicate key/;
/** As long as the longest publish of another step of the same run may hold the fence. */
const CONFLICT_PATIENCE_MS = 60_000;
const CONFLICT_PAUSE_MS = 25;

/** DuckDB refuses at once what another transaction is changing; each of our works can be repeated. */
async function untilNoConflict<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  const untilMs = performance.now() + CONFLICT_PATIENCE_MS;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      const isConflict = error instanceof Error && CONFLICT.test(error.message);
      if (!isConflict || performance.now() > untilMs) throw error;
      await setTimeout(CONFLICT_PAUSE_MS, undefined, { signal });
    }
  }
}

/** Between two statements there is nothing to interrupt, so an abort knocks until somebody hears. */
const INTERRUPT_EVERY_MS = 50;

/**
 * Runs `work` on a connection of its own; again, where another transaction was in the way.
 * @throws the reason of the signal, within a moment of it
 */
export async function withConnection<T>(
  connect: Connect,
  work: Work<T>,
  signal?: AbortSignal,
): Promise<T> {
  signal?.throwIfAborted();
  const connection = await connect();
  let knocking: NodeJS.Timeout | undefined;
  const interrupt = () => {
    connection.interrupt();
    knocking = setInterval(() => connection.interrupt(), INTERRUPT_EVERY_MS);
  };
  signal?.addEventListener('abort', interrupt, { once: true });
  try {
    signal?.throwIfAborted();
    const result = await untilNoConflict(() => work(connection), signal);
    signal?.throwIfAborted();
    return result;
  } catch (error) {
    signal?.throwIfAborted();
    throw translateError(error);
  } finally {
    signal?.removeEventListener('abort', interrupt);
    clearInterval(knocking);
    connection.disconnectSync();
  }
}
