import { setTimeout as wait } from 'node:timers/promises';
import type { ControlDatabase, OnNotice } from '../../control-database.ts';

/** Payload: nothing. Work may be waiting, or a cancel was asked. */
export const QUEUE_CHANNEL = 'convergence_queue';

/** Wakes the workers that wait, here and in other processes. */
export function ringQueue(database: ControlDatabase): Promise<void> {
  return database.notify(QUEUE_CHANNEL, '');
}

/** Remembers that it rang until somebody looks, so that no ring falls between looking and waiting. */
export class BellListener {
  readonly #listen: (onNotice: OnNotice) => Promise<unknown>;
  #listening: Promise<unknown> | undefined;
  #rung = false;
  readonly #waits = new Set<AbortController>();

  constructor(listen: (onNotice: OnNotice) => Promise<unknown>) {
    this.#listen = listen;
  }

  ring(): void {
    this.#rung = true;
    for (const wait of this.#waits) wait.abort();
  }

  /** Forgets earlier rings; every later one will be heard. Called before looking for work. */
  async reset(): Promise<void> {
    this.#listening ??= this.#listen(() => this.ring()).catch((error: unknown) => {
      this.#listening = undefined;
      throw error;
    });
    await this.#listening;
    this.#rung = false;
  }

  /** Resolves when it rang since the last look, when it rings, or after `timeoutMs`, or on abort. */
  async wait(timeoutMs: number, signal: AbortSignal): Promise<void> {
    if (!this.#rung && !signal.aborted) await this.#ringOrTimeout(timeoutMs, signal);
    this.#rung = false;
  }

  async #ringOrTimeout(timeoutMs: number, signal: AbortSignal): Promise<void> {
    const rang = new AbortController();
    this.#waits.add(rang);
    const either = AbortSignal.any([signal, rang.signal]);
    await wait(timeoutMs, undefined, { signal: either }).catch(() => undefined);
    this.#waits.delete(rang);
  }
}
