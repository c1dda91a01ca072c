import type { DuckDBConnection } from '@duckdb/node-api';

/** Dates go as RFC 3339 text with a cast in the SQL; a bigint would bind as HUGEINT. */
export type SqlValue = string | number | boolean | null;

/** Runs one statement; gives the count of rows that it wrote, where it wrote any. */
export async function runSql(
  connection: DuckDBConnection,
  sql: string,
  values: readonly SqlValue[] = [],
): Promise<number> {
  return (await connection.run(sql, [...values])).rowsChanged;
}

/** All rows of a small result: BIGINT and HUGEINT as bigint, times as Date, JSON as text. */
export async function readRows<Row>(
  connection: DuckDBConnection,
  sql: string,
  values: readonly SqlValue[] = [],
): Promise<Row[]> {
  const reader = await connection.runAndReadAll(sql, [...values]);
  return reader.getRowObjectsJS() as Row[];
}

/** Commits what `work` did, or nothing of it. */
export async function inTransaction<T>(
  connection: DuckDBConnection,
  work: () => Promise<T>,
): Promise<T> {
  await connection.run('BEGIN');
  try {
    const result = await work();
    await connection.run('COMMIT');
    return result;
  } catch (error) {
    // A commit that failed has ended the transaction already; the first error is the one to tell.
    await connection.run('ROLLBACK').catch(() => undefined);
    throw error;
  }
}

export function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
