import type { Records } from '../../control-plane/records.ts';
import type { LogEntry } from './entry.ts';

const TABLES = `
  CREATE TABLE IF NOT EXISTS log_entry (
    nr INTEGER PRIMARY KEY, log TEXT NOT NULL, at_ms REAL NOT NULL, insert_id TEXT NOT NULL,
    entry TEXT NOT NULL, UNIQUE (log, at_ms, insert_id)
  );
  CREATE INDEX IF NOT EXISTS log_entry_time ON log_entry (at_ms, nr);
  CREATE TABLE IF NOT EXISTS log_file (path TEXT PRIMARY KEY, read_to INTEGER NOT NULL);`;
/** The oldest go first: a log must not fill the disk. */
const MAX_ENTRIES = 200_000;

/** Where a page goes on: behind the entry of that time and number. */
export interface Place {
  readonly atMs: number;
  readonly nr: number;
}

export interface StoredEntry extends Place {
  readonly entry: LogEntry;
}

/** The entries of all logs, in a table of their own. */
export class LogStore {
  readonly #records: Records;

  constructor(records: Records) {
    this.#records = records;
    records.database.exec(TABLES);
  }

  /** Up to where the entries of a file are stored. */
  readTo(path: string): number {
    const found = this.#records.database.prepare('SELECT read_to FROM log_file WHERE path = ?');
    return Number(found.get(path)?.['read_to'] ?? 0);
  }

  /**
   * Those with log, time and insert id of another are that one, sent again. With `file` they are
   * what it holds up to there.
   */
  write(entries: readonly LogEntry[], file?: { readonly path: string; readonly to: number }): void {
    const { database } = this.#records;
    const insert = database.prepare(
      'INSERT OR IGNORE INTO log_entry (log, at_ms, insert_id, entry) VALUES (?, ?, ?, ?)',
    );
    this.#records.atomically(() => {
      for (const entry of entries) {
        const { logName, timestamp, insertId } = entry;
        insert.run(logName, Date.parse(timestamp), insertId, JSON.stringify(entry));
      }
      if (file)
        database
          .prepare('INSERT OR REPLACE INTO log_file (path, read_to) VALUES (?, ?)')
          .run(file.path, file.to);
      database
        .prepare('DELETE FROM log_entry WHERE nr <= (SELECT max(nr) FROM log_entry) - ?')
        .run(MAX_ENTRIES);
    });
  }

  /** By time, then as they came; behind `after` where it is given. */
  *iterate(order: 'asc' | 'desc', after: Place | null): Generator<StoredEntry> {
    const sign = order === 'asc' ? '>' : '<';
    const rows = this.#records.database
      .prepare(
        `SELECT nr, at_ms, entry FROM log_entry WHERE ? OR (at_ms, nr) ${sign} (?, ?)
         ORDER BY at_ms ${order}, nr ${order}`,
      )
      .iterate(after === null ? 1 : 0, after?.atMs ?? 0, after?.nr ?? 0);
    for (const row of rows)
      yield {
        nr: Number(row['nr']),
        atMs: Number(row['at_ms']),
        entry: JSON.parse(String(row['entry'])) as LogEntry,
      };
  }

  logNames(): readonly string[] {
    const rows = this.#records.database.prepare('SELECT DISTINCT log FROM log_entry ORDER BY log');
    return rows.all().map((row) => String(row['log']));
  }

  /** How many entries it had. */
  deleteLog(logName: string): number {
    const { database } = this.#records;
    return Number(database.prepare('DELETE FROM log_entry WHERE log = ?').run(logName).changes);
  }
}
