import { fail } from '../../../../engine/error-codes.ts';
import type { RunWrite } from './write-runs.ts';

/** Stores all or none of the writes; gives the ids of the runs that it was allowed to write. */
export type StoreWrites = (writes: readonly RunWrite[]) => Promise<ReadonlySet<string>>;

interface Waiting {
  readonly write: RunWrite;
  readonly resolve: () => void;
  readonly reject: (reason: unknown) => void;
}

/** Beyond it a statement holds the locks of its first run too long. */
const MAX_BATCH = 100;

/**
 * Group commit: writes that arrive while one is under way go together in the next, and each promise
 * resolves when its own is stored. Writes of one run are stored in the order of the calls.
 */
export class WriteBatch {
  readonly #store: StoreWrites;
  #waiting: Waiting[] = [];
  #busy = false;

  constructor(store: StoreWrites) {
    this.#store = store;
  }

  /** @throws lease_lost when the fence of the write is not the newest of its run */
  add(write: RunWrite): Promise<void> {
    const stored = new Promise<void>((resolve, reject) => {
      this.#waiting.push({ write, resolve, reject });
    });
    if (!this.#busy) void this.#drain();
    return stored;
  }

  async #drain(): Promise<void> {
    this.#busy = true;
    // Callers that were woken by the last statement add their next writes before this one.
    for (await yieldOnce(); this.#waiting.length > 0; await yieldOnce()) {
      await this.#flush(this.#takeBatch());
    }
    this.#busy = false;
  }

  /** At most one write a run: the statement cannot touch a row twice. */
  #takeBatch(): readonly Waiting[] {
    const batch = new Map<string, Waiting>();
    const rest: Waiting[] = [];
    for (const waiting of this.#waiting) {
      const { runId } = waiting.write;
      if (batch.has(runId) || batch.size === MAX_BATCH) rest.push(waiting);
      else batch.set(runId, waiting);
    }
    this.#waiting = rest;
    return [...batch.values()];
  }

  async #flush(batch: readonly Waiting[]): Promise<void> {
    try {
      const written = await this.#store(batch.map(({ write }) => write));
      for (const { write, resolve, reject } of batch) {
        if (written.has(write.runId)) resolve();
        else reject(leaseLost(write));
      }
    } catch (error) {
      await this.#flushApart(batch, error);
    }
  }

  /** One write that the database refuses must not fail those of other runs. */
  async #flushApart(batch: readonly Waiting[], error: unknown): Promise<void> {
    if (batch.length === 1) batch[0]?.reject(error);
    else for (const waiting of batch) await this.#flush([waiting]);
  }
}

function yieldOnce(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function leaseLost(write: RunWrite): Error {
  return fail('lease_lost', `Another worker holds run ${write.runId}, or the run has ended.`, {
    details: { runId: write.runId },
  });
}
