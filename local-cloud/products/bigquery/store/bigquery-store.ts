import type { DatabaseSync } from 'node:sqlite';
import type { KeptTable, TableDraft } from '../resource/table.ts';
import { JobStore } from './job-store.ts';
import { RowStore } from './row-store.ts';
import { TableLocks } from './table-locks.ts';
import { TableStore } from './table-store.ts';
import { Transaction } from './transaction.ts';

/** All that BigQuery keeps. */
export class BigQueryStore {
  readonly tables: TableStore;
  readonly rows: RowStore;
  readonly jobs: JobStore;
  readonly locks = new TableLocks();
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync, now: () => Date) {
    this.#database = database;
    this.tables = new TableStore(database, now);
    this.rows = new RowStore(database);
    this.jobs = new JobStore(database);
  }

  /** Its writes are on disk together or not at all. It must not wait for anything. */
  atomically<T>(act: () => T): T {
    this.#database.exec('BEGIN IMMEDIATE');
    try {
      const result = act();
      this.#database.exec('COMMIT');
      return result;
    } catch (error) {
      this.#database.exec('ROLLBACK');
      throw error;
    }
  }

  begin(): Transaction {
    return new Transaction(this);
  }

  /** A transaction that has the table, and has waited for it. */
  async beginWith(table: KeptTable): Promise<Transaction> {
    const holder = {};
    await this.locks.lock(table.key, holder);
    this.locks.releaseAll(holder);
    const transaction = this.begin();
    transaction.claim(table);
    return transaction;
  }

  /** Instead of the one that has this name, and without rows. */
  replaceTable(draft: TableDraft): KeptTable {
    const old = this.tables.findTable(draft.tableReference);
    if (old) this.dropTable(old);
    return this.tables.writeTable(draft);
  }

  dropTable({ key }: KeptTable): void {
    this.tables.deleteTable(key);
    this.rows.forget(key);
  }

  dropExpired(): void {
    this.atomically(() => {
      for (const key of this.tables.expired()) {
        this.tables.deleteTable(key);
        this.rows.forget(key);
      }
    });
  }

  close(): void {
    this.#database.close();
  }
}
