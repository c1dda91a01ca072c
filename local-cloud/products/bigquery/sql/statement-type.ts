import type { SqlStatement } from 'googlesql/script.ts';

const TYPES: Readonly<Record<string, string>> = {
  query: 'SELECT',
  truncate: 'TRUNCATE_TABLE',
  begin: 'BEGIN_TRANSACTION',
  commit: 'COMMIT_TRANSACTION',
  rollback: 'ROLLBACK_TRANSACTION',
};

/** https://cloud.google.com/bigquery/docs/reference/rest/v2/Job#JobStatistics2.FIELDS.statement_type */
export function statementTypeOf({ kind, query, sql }: SqlStatement): string {
  if (kind === 'create_table' && query !== null) return 'CREATE_TABLE_AS_SELECT';
  if (kind === 'drop') return `DROP_${/^DROP\s+(\w+)/i.exec(sql)?.[1]?.toUpperCase() ?? 'TABLE'}`;
  return TYPES[kind] ?? kind.toUpperCase();
}
