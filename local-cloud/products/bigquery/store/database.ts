import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { makeFolder } from 'base/make-folder.ts';

/**
 * A row is there for a reader at version v when `added` <= v and `removed` is null or > v: whoever
 * began earlier reads on what was there then. `content` is zetasql's TableData.Row.
 */
const TABLES = `
  CREATE TABLE IF NOT EXISTS dataset (
    project TEXT NOT NULL, dataset TEXT NOT NULL, resource TEXT NOT NULL,
    PRIMARY KEY (project, dataset)
  ) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS bigquery_table (
    key INTEGER PRIMARY KEY AUTOINCREMENT, project TEXT NOT NULL, dataset TEXT NOT NULL,
    name TEXT NOT NULL, resource TEXT NOT NULL, UNIQUE (project, dataset, name)
  );
  CREATE TABLE IF NOT EXISTS table_row (
    table_key INTEGER NOT NULL, id INTEGER NOT NULL, added INTEGER NOT NULL, removed INTEGER,
    content BLOB NOT NULL, PRIMARY KEY (table_key, id)
  ) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS version (one INTEGER PRIMARY KEY CHECK (one = 1), version INTEGER NOT NULL);
  CREATE TABLE IF NOT EXISTS job (
    project TEXT NOT NULL, id TEXT NOT NULL, created_ms INTEGER NOT NULL, state TEXT NOT NULL,
    job TEXT NOT NULL, PRIMARY KEY (project, id)
  ) WITHOUT ROWID;
  INSERT OR IGNORE INTO version VALUES (1, 1);
  DELETE FROM table_row WHERE removed IS NOT NULL;`;

/** In a file of its own, because it need not outlive a power cut. Whoever has the home has it alone. */
export function openBigQueryDatabase(folder: string): DatabaseSync {
  makeFolder(folder);
  const database = new DatabaseSync(join(folder, 'bigquery.sqlite'));
  database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; ${TABLES}`);
  return database;
}
