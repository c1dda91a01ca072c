import type { JournalEntry, JournalPlace, JournalStore } from '../apply/journal-store.ts';
import type { ServiceRef } from '../plan/have.ts';
import { parseEntry } from '../rollout/entry.ts';
import { toAuditEntry } from './audit-entry.ts';
import type { AuditEntry } from './audit-entry.ts';

/** Port: a log beside the journal. It may lose entries; nothing waits for it but the end. */
export interface AuditLog {
  /** Returns at once, and never throws. */
  write(entry: AuditEntry): void;
  /** Resolves when what was written has arrived, or after a moment. Never rejects. */
  close(): Promise<void>;
}

/** A journal whose entries are told to an audit log once they are written. */
export class AuditedJournal implements JournalStore {
  readonly #journal: JournalStore;
  readonly #audit: AuditLog;

  constructor(journal: JournalStore, audit: AuditLog) {
    this.#journal = journal;
    this.#audit = audit;
  }

  async append(at: JournalPlace, number: number, entry: JournalEntry): Promise<boolean> {
    const isOurs = await this.#journal.append(at, number, entry);
    const audited = isOurs ? toAuditEntry(at, number, parseEntry(entry)) : null;
    if (audited) this.#audit.write(audited);
    return isOurs;
  }

  read(at: JournalPlace, from?: number): Promise<readonly JournalEntry[]> {
    return this.#journal.read(at, from);
  }

  list(ref: ServiceRef): Promise<readonly string[]> {
    return this.#journal.list(ref);
  }

  async close(): Promise<void> {
    await Promise.all([this.#journal.close(), this.#audit.close()]);
  }
}
