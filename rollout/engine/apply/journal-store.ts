import type { ServiceRef } from '../plan/have.ts';

/** One record as it is stored: JSON, read back through the schema of whoever wrote it. */
export interface JournalEntry {
  readonly kind: string;
  /** RFC 3339. */
  readonly at: string;
}

/**
 * The records of rollouts, where every machine finds them. A journal is a list of numbered entries
 * that are written once and never changed: whoever writes number n has read all before it.
 */
export interface JournalStore {
  /**
   * Writes an entry under a number (from 0). False when that number is taken: somebody else wrote,
   * so read on and decide again. A repeated write of the same entry that had got through is true.
   * @throws journal_unreachable (kind transient), journal_denied (kind access)
   */
  append(at: JournalPlace, number: number, entry: JournalEntry): Promise<boolean>;
  /** From a number on, in order, without gaps. @throws journal_unreachable, journal_damaged */
  read(at: JournalPlace, from?: number): Promise<readonly JournalEntry[]>;
  /** Ids of the rollouts of a service, the newest first. */
  list(ref: ServiceRef): Promise<readonly string[]>;
  close(): Promise<void>;
}

export interface JournalPlace {
  readonly ref: ServiceRef;
  /** Rollouts sort by their ids. */
  readonly rolloutId: string;
}
