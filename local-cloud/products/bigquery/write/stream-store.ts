import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { WriteStream } from './write-stream.ts';

const TABLES = `
  CREATE TABLE IF NOT EXISTS write_stream (name TEXT PRIMARY KEY, stream TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS write_stream_row (
    name TEXT NOT NULL, row INTEGER NOT NULL, content BLOB NOT NULL, PRIMARY KEY (name, row)
  ) WITHOUT ROWID;`;

/** Streams, and of those that are not shown yet the rows. */
export class StreamStore {
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
    database.exec(TABLES);
  }

  find(name: string): WriteStream | null {
    const row = this.#sql('SELECT stream FROM write_stream WHERE name = ?').get(name);
    return row ? (JSON.parse(String(row['stream'])) as WriteStream) : null;
  }

  write(stream: WriteStream): WriteStream {
    const { name } = stream;
    this.#sql('INSERT OR REPLACE INTO write_stream VALUES (?, ?)').run(
      name,
      JSON.stringify(stream),
    );
    return stream;
  }

  hold({ name, rows }: WriteStream, contents: readonly Buffer[]): void {
    const add = this.#sql('INSERT INTO write_stream_row VALUES (?, ?, ?)');
    for (const [at, content] of contents.entries()) add.run(name, rows + at, content);
  }

  /** Takes out the rows before `end`. */
  release({ name }: WriteStream, end: number): Buffer[] {
    const rows = this.#sql(
      'SELECT content FROM write_stream_row WHERE name = ? AND row < ? ORDER BY row',
    ).all(name, end);
    this.#sql('DELETE FROM write_stream_row WHERE name = ? AND row < ?').run(name, end);
    return rows.map(({ content }) => Buffer.from(content as Uint8Array));
  }

  #sql(text: string): StatementSync {
    return this.#database.prepare(text);
  }
}
