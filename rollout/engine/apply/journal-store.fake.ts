import { isDeepStrictEqual } from 'node:util';
import type { ServiceRef } from '../plan/have.ts';
import type { JournalEntry, JournalPlace, JournalStore } from './journal-store.ts';

/** Journals in memory; entries are kept as the text that a store would hold. */
export class FakeJournalStore implements JournalStore {
  readonly #journals = new Map<string, string[]>();

  async append(at: JournalPlace, number: number, entry: JournalEntry): Promise<boolean> {
    const key = keyOf(at.ref, at.rolloutId);
    const entries = this.#journals.get(key) ?? [];
    const text = JSON.stringify(entry);
    const taken = entries[number];
    if (taken !== undefined) return isDeepStrictEqual(JSON.parse(taken), JSON.parse(text));
    if (number !== entries.length) throw new RangeError(`entry ${number} would leave a gap`);
    this.#journals.set(key, [...entries, text]);
    return true;
  }

  async read(at: JournalPlace, from = 0): Promise<readonly JournalEntry[]> {
    const entries = this.#journals.get(keyOf(at.ref, at.rolloutId)) ?? [];
    return entries.slice(from).map((text) => JSON.parse(text) as JournalEntry);
  }

  async list(ref: ServiceRef): Promise<readonly string[]> {
    const prefix = keyOf(ref, '');
    return [...this.#journals.keys()]
      .filter((key) => key.startsWith(prefix))
      .map((key) => key.slice(prefix.length))
      .toSorted()
      .toReversed();
  }

  async close(): Promise<void> {}
}

function keyOf({ project, region, service }: ServiceRef, rolloutId: string): string {
  return `${project}/${region}/${service}/${rolloutId}`;
}
