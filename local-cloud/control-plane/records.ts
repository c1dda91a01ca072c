import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { makeFolder } from 'base/make-folder.ts';
import { fail } from './control-plane-error.ts';

/** A record to keep, or with null to forget. */
export interface RecordChange {
  readonly kind: string;
  readonly name: string;
  readonly value: object | null;
}

/** SQLite's SQLITE_BUSY. */
const BUSY = 5;

const TABLES = `
  CREATE TABLE IF NOT EXISTS record (
    kind TEXT NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (kind, name)
  ) WITHOUT ROWID;`;

/**
 * All that the control plane must not forget, in one SQLite file of the home. A write is on disk
 * when it returns. The file is locked for as long as it is open: whoever has it owns the home, and
 * the operating system takes it back however the process ends.
 */
export class Records {
  readonly database: DatabaseSync;

  private constructor(database: DatabaseSync) {
    this.database = database;
  }

  /** Null when another process has it. */
  static open(home: string): Records | null {
    makeHome(home);
    const database = new DatabaseSync(join(home, 'control-plane.sqlite'), { timeout: 200 });
    try {
      // Exclusive from the first write on, and that is here.
      database.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL');
      database.exec(`PRAGMA synchronous = FULL; BEGIN IMMEDIATE; ${TABLES} COMMIT`);
      return new Records(database);
    } catch (error) {
      database.close();
      if ((error as { errcode?: number }).errcode === BUSY) return null;
      throw error;
    }
  }

  list<T>(kind: string): T[] {
    const rows = this.database.prepare('SELECT value FROM record WHERE kind = ? ORDER BY name');
    return rows.all(kind).map(({ value }) => JSON.parse(String(value)) as T);
  }

  /** All of them or none. */
  write(changes: readonly RecordChange[]): void {
    this.atomically(() => {
      for (const { kind, name, value } of changes) {
        if (value === null) this.#forget(kind, name);
        else this.#keep(kind, name, JSON.stringify(value));
      }
    });
  }

  atomically<T>(act: () => T): T {
    this.database.exec('BEGIN IMMEDIATE');
    try {
      const result = act();
      this.database.exec('COMMIT');
      return result;
    } catch (error) {
      this.database.exec('ROLLBACK');
      throw error;
    }
  }

  close(): void {
    this.database.close();
  }

  #keep(kind: string, name: string, value: string): void {
    this.database
      .prepare('INSERT OR REPLACE INTO record (kind, name, value) VALUES (?, ?, ?)')
      .run(kind, name, value);
  }

  #forget(kind: string, name: string): void {
    this.database.prepare('DELETE FROM record WHERE kind = ? AND name = ?').run(kind, name);
  }
}

function makeHome(home: string): void {
  try {
    makeFolder(home);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw fail('option_invalid', `--home is '${home}', where no folder can be made: ${code}`, {
      hint: 'Name a folder that you may write to.',
      cause,
    });
  }
}
