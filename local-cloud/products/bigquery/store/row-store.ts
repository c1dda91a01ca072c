import type { DatabaseSync, StatementSync } from 'node:sqlite';

export interface StoredRow {
  /** Grows with each row of its table. */
  readonly id: number;
  /** A zetasql TableData.Row. */
  readonly content: Buffer;
}

/** What a commit does to the rows of one table. */
export interface RowChange {
  readonly tableKey: number;
  readonly removed: 'all' | readonly number[];
  readonly added: readonly Buffer[];
}

/** The rows of all tables, in versions: see `database.ts`. Writes belong in a transaction of SQLite. */
export class RowStore {
  readonly #database: DatabaseSync;
  /** Versions at which somebody reads. */
  readonly #snapshots = new Map<number, number>();
  /** Keys of tables that have rows which nobody new sees. */
  readonly #withRemoved = new Set<number>();

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  version(): number {
    return Number(this.#sql('SELECT version FROM version').get()?.['version']);
  }

  /** Rows as of now stay readable until `release`. */
  hold(): number {
    const version = this.version();
    this.#snapshots.set(version, (this.#snapshots.get(version) ?? 0) + 1);
    return version;
  }

  release(version: number): void {
    const left = (this.#snapshots.get(version) ?? 1) - 1;
    if (left > 0) this.#snapshots.set(version, left);
    else this.#snapshots.delete(version);
    if (this.#snapshots.size === 0) this.#purge();
  }

  *read(tableKey: number, version: number): Generator<StoredRow> {
    const rows = this.#sql(
      `SELECT id, content FROM table_row WHERE table_key = ? AND added <= ?
       AND (removed IS NULL OR removed > ?) ORDER BY id`,
    ).iterate(tableKey, version, version);
    for (const { id, content } of rows)
      yield { id: Number(id), content: Buffer.from(content as Uint8Array) };
  }

  /** Of the newest rows, in their order. */
  page(tableKey: number, offset: number, limit: number): Buffer[] {
    const rows = this.#sql(
      `SELECT content FROM table_row WHERE table_key = ? AND removed IS NULL
       ORDER BY id LIMIT ? OFFSET ?`,
    ).all(tableKey, limit, offset);
    return rows.map(({ content }) => Buffer.from(content as Uint8Array));
  }

  measure(tableKey: number): { readonly rows: number; readonly sizeBytes: number } {
    const found = this.#sql(
      `SELECT count(*) AS rows, coalesce(sum(length(content)), 0) AS size FROM table_row
       WHERE table_key = ? AND removed IS NULL`,
    ).get(tableKey);
    return { rows: Number(found?.['rows']), sizeBytes: Number(found?.['size']) };
  }

  /** Gives the version at which the changes are there. */
  apply(changes: readonly RowChange[]): number {
    const version = this.version() + 1;
    this.#sql('UPDATE version SET version = ?').run(version);
    for (const change of changes) {
      this.#remove(change, version);
      this.#add(change, version);
    }
    if (this.#snapshots.size === 0) this.#purge();
    return version;
  }

  /** All rows of a table, also those that only some still see. */
  rewrite(tableKey: number, change: (content: Buffer) => Buffer): void {
    const all = this.#sql('SELECT id, content FROM table_row WHERE table_key = ?').all(tableKey);
    const write = this.#sql('UPDATE table_row SET content = ? WHERE table_key = ? AND id = ?');
    for (const { id, content } of all)
      write.run(change(Buffer.from(content as Uint8Array)), tableKey, Number(id));
  }

  /** Of a table that is gone. */
  forget(tableKey: number): void {
    this.#sql('DELETE FROM table_row WHERE table_key = ?').run(tableKey);
  }

  #remove({ tableKey, removed }: RowChange, version: number): void {
    if (removed === 'all') {
      this.#sql('UPDATE table_row SET removed = ? WHERE table_key = ? AND removed IS NULL').run(
        version,
        tableKey,
      );
    } else {
      const remove = this.#sql(
        'UPDATE table_row SET removed = ? WHERE table_key = ? AND id = ? AND removed IS NULL',
      );
      for (const id of removed) remove.run(version, tableKey, id);
    }
    if (removed.length > 0) this.#withRemoved.add(tableKey);
  }

  #add({ tableKey, added }: RowChange, version: number): void {
    const last = this.#sql('SELECT max(id) AS id FROM table_row WHERE table_key = ?');
    let id = Number(last.get(tableKey)?.['id'] ?? 0);
    const add = this.#sql(
      'INSERT INTO table_row (table_key, id, added, content) VALUES (?, ?, ?, ?)',
    );
    for (const content of added) add.run(tableKey, ++id, version, content);
  }

  #purge(): void {
    for (const tableKey of this.#withRemoved)
      this.#sql('DELETE FROM table_row WHERE table_key = ? AND removed IS NOT NULL').run(tableKey);
    this.#withRemoved.clear();
  }

  #sql(text: string): StatementSync {
    return this.#database.prepare(text);
  }
}
