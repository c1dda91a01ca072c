import type { Clock } from 'base/clock.ts';
import { retry } from 'base/retry.ts';
import type { JournalEntry, JournalPlace, JournalStore } from './journal-store.ts';

/** About five minutes: nobody may move traffic while nothing can be written down. */
const PATIENCE = { maxAttempts: 35, firstDelayMs: 200, maxDelayMs: 10_000 };

export interface LedgerDeps {
  readonly journal: JournalStore;
  readonly clock: Clock;
  /** Gets each entry in order, our own too; throws when we may not go on. */
  readonly take: (entry: JournalEntry) => void;
}

/** An entry with whatever else is in it. */
export type NewEntry = JournalEntry & Readonly<Record<string, unknown>>;

/** A journal that is read to its end, so that the next entry can be written. */
export class Ledger {
  readonly place: JournalPlace;
  readonly #deps: LedgerDeps;
  #next = 0;

  constructor(place: JournalPlace, deps: LedgerDeps) {
    this.place = place;
    this.#deps = deps;
  }

  /** Takes what others wrote. */
  async readOn(): Promise<void> {
    const entries = await this.#patiently(() => this.#deps.journal.read(this.place, this.#next));
    for (const entry of entries) this.#take(entry);
  }

  /** Writes a decision; false, and nothing written, when it was made without an entry since. */
  async decide(entry: NewEntry): Promise<boolean> {
    const { journal } = this.#deps;
    const isOurs = await this.#patiently(() => journal.append(this.place, this.#next, entry));
    if (isOurs) this.#take(entry);
    else await this.readOn();
    return isOurs;
  }

  /** Writes a fact, which is true whatever others wrote meanwhile. */
  async record(entry: NewEntry): Promise<void> {
    while (!(await this.decide(entry)));
  }

  #take(entry: JournalEntry): void {
    this.#next++;
    this.#deps.take(entry);
  }

  #patiently<T>(call: () => Promise<T>): Promise<T> {
    return retry(call, PATIENCE, { clock: this.#deps.clock, random: () => 1 });
  }
}
