import type { DatabaseSync } from 'node:sqlite';

/**
 * A row is there for a reader at version v when `added` <= v and `removed` is null or > v: whoever
 * began earlier reads on what was there then. `content` is zetasql's TableData.Row.
 */
const TABLES = `
  CREATE TABLE IF NOT EXISTS bigquery_dataset (
    project TEXT NOT NULL, dataset TEXT NOT NULL, resource TEXT NOT NULL,
    PRIMARY KEY (project, dataset)
  ) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS bigquery_table (
    key INTEGER PRIMARY KEY AUTOINCREMENT, project TEXT NOT NULL, dataset TEXT NOT NULL,
    name TEXT NOT NULL, resource TEXT NOT NULL, UNIQUE (project, dataset, name)
  );
  CREATE TABLE IF NOT EXISTS bigquery_row (
    table_key INTEGER NOT NULL, id INTEGER NOT NULL, added INTEGER NOT NULL, removed INTEGER,
    content BLOB NOT NULL, PRIMARY KEY (table_key, id)
  ) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS bigquery_version (
    one INTEGER PRIMARY KEY CHECK (one = 1), version INTEGER NOT NULL
  );
  CREATE TABLE IF NOT EXISTS bigquery_job (
    project TEXT NOT NULL, id TEXT NOT NULL, created_ms INTEGER NOT NULL, state TEXT NOT NULL,
    job TEXT NOT NULL, PRIMARY KEY (project, id)
  ) WITHOUT ROWID;
  INSERT OR IGNORE INTO bigquery_version VALUES (1, 1);
  DELETE FROM bigquery_row WHERE removed IS NOT NULL;`;

export function makeTables(database: DatabaseSync): void {
  database.exec(TABLES);
}
