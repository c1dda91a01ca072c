import type { SqlStatement } from 'googlesql/script.ts';

const DESCRIPTION = /\s+AS\s+(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)')\s*$/is;

/** ASSERT as a query of the same length, so that the places of its tables stay right. */
export function assertionOf(statement: SqlStatement): {
  readonly query: SqlStatement;
  readonly description: string;
} {
  const [, double, single] = DESCRIPTION.exec(statement.sql) ?? [];
  const sql = statement.sql.replace(DESCRIPTION, '').replace(/^ASSERT/i, 'SELECT');
  return {
    query: { ...statement, kind: 'query', sql },
    description: double ?? single ?? 'Assertion failed',
  };
}
