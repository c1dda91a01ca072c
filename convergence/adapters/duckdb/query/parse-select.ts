import type { DuckDBConnection } from '@duckdb/node-api';
import { fail } from '../../../engine/error-codes.ts';
import { sqlErrorAt } from '../../../engine/flow/transform/sql-error.ts';
import type { TenantSql } from '../../../engine/flow/transform/sql-error.ts';

/** A node of DuckDB's syntax tree: a query, a table, an expression, or a part of one. */
export interface SqlNode {
  readonly class?: string;
  /** Text, but for the type of a constant. */
  readonly type?: unknown;
  readonly function_name?: string;
  readonly query_location?: number;
  readonly [key: string]: unknown;
}

interface Serialized {
  readonly error: boolean;
  readonly error_type?: string;
  readonly error_message?: string;
  readonly position?: string;
  readonly statements?: readonly { node: SqlNode }[];
}

/**
 * The syntax tree of a single SELECT, as DuckDB itself reads it.
 * @throws sql_invalid when it does not parse; sql_forbidden for any other or more than one statement
 */
export async function parseSelect(
  connection: DuckDBConnection,
  given: TenantSql,
): Promise<SqlNode> {
  // DuckDB stops reading at a zero byte in one place and not in another.
  if (given.sql.includes('\0')) throw fail('sql_invalid', 'the SQL contains a zero byte');
  const reader = await connection.runAndReadAll(
    'SELECT json_serialize_sql($1::VARCHAR, skip_null := true, skip_empty := true)',
    [given.sql],
  );
  const parsed = JSON.parse(String(reader.getRows()[0]?.[0])) as Serialized;
  if (parsed.error) throw refusal(parsed, given);
  const [statement, second] = parsed.statements ?? [];
  const file = given.place ? `${given.place.file}: ` : '';
  if (!statement) throw fail('sql_invalid', `${file}there is no statement, expected a SELECT`);
  if (second) {
    throw fail('sql_forbidden', `${file}there are several statements, expected one SELECT`, {
      hint: 'Keep one SELECT (WITH is fine) and remove the others.',
    });
  }
  return statement.node;
}

function refusal(parsed: Serialized, given: TenantSql): Error {
  const message = parsed.error_message ?? 'it does not parse';
  if (parsed.position !== undefined) {
    const offset = offsetOfCharacter(given.sql, Number(parsed.position));
    return sqlErrorAt('sql_invalid', message, { ...given, offset });
  }
  const file = given.place ? `${given.place.file}: ` : '';
  if (parsed.error_type !== 'not implemented') return fail('sql_invalid', `${file}${message}`);
  return fail('sql_forbidden', `${file}only SELECT is allowed`, {
    hint: 'Write a SELECT (WITH is fine). A PIVOT needs its values: PIVOT t ON column IN (…).',
  });
}

/** DuckDB's parser counts code points, JavaScript UTF-16 units. */
function offsetOfCharacter(sql: string, characters: number): number {
  return Array.from(sql).slice(0, characters).join('').length;
}

/** `query_location` counts bytes of UTF-8; 2^64 - 1 means unknown. */
export function offsetOf(sql: string, node: SqlNode): number | null {
  const bytes = Buffer.from(sql);
  const location = node.query_location;
  if (location === undefined || location > bytes.length) return null;
  return bytes.subarray(0, location).toString().length;
}
