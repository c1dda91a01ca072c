import { untilAborted } from '../client/until-aborted.ts';

/**
 * One piece of work at a time, in the order in which they came. BigQuery cancels one of two
 * transactions that change the same table, and queues no more than 20 statements that do: what one
 * process sends waits here instead. Other processes are met by trying again.
 * https://cloud.google.com/bigquery/quotas#data-manipulation-language-statements
 */
export class Turn {
  #last: Promise<unknown> = Promise.resolve();

  /** @throws the reason of the signal, also while it waits */
  take<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    const mine = this.#last.then(() => {
      signal?.throwIfAborted();
      return work();
    });
    this.#last = mine.catch(() => undefined);
    return untilAborted(mine, signal);
  }
}
