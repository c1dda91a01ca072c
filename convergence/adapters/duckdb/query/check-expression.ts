import type { DuckDBConnection } from '@duckdb/node-api';
import { AppError } from 'base/error.ts';
import { fail } from '../../../engine/error-codes.ts';
import { parseSelect } from './parse-select.ts';
import type { SqlNode } from './parse-select.ts';
import { checkNode, walk } from './select-gate.ts';

/** What makes of a row something else than one value. */
const NO_SCALARS: Readonly<Record<string, string>> = {
  SUBQUERY: 'a subquery',
  WINDOW: 'a window function',
  STAR: 'a star',
  PARAMETER: 'a parameter',
};

/**
 * Lets an expression of a tenant through only if it makes one value of the columns of one row:
 * no subqueries, aggregates, or functions that reach beyond the row.
 * @throws sql_invalid, sql_forbidden
 */
export async function checkExpression(
  connection: DuckDBConnection,
  expression: string,
): Promise<void> {
  // The closing parenthesis has its own line, or a comment in the expression would hide it.
  const sql = `SELECT (\n${expression}\n)`;
  const given = { sql, place: { file: 'expression', firstLine: 0 } };
  const root = await parseSelect(connection, given).catch((error: unknown) => {
    throw unparsed(expression, error);
  });
  if (!isBareSelect(root)) throw notOne(expression);
  const functions = new Set<string>();
  for (const { node } of walk(root)) {
    checkNode(node, given);
    const what = NO_SCALARS[node.class ?? ''];
    if (what) throw forbidden(expression, what);
    if (node.function_name !== undefined) functions.add(node.function_name);
  }
  const aggregate = await findAggregate(connection, [...functions]);
  if (aggregate) throw forbidden(expression, `${aggregate}(), which works on several rows`);
}

/** `1) FROM t WHERE (1` is no expression, but parses between parentheses. */
function isBareSelect(root: SqlNode): boolean {
  const { type, query_location: _, aggregate_handling: __, select_list: list, ...rest } = root;
  const { from_table: from, ...others } = rest as { from_table?: SqlNode };
  const single = Array.isArray(list) && list.length === 1;
  const bare = from?.type === 'EMPTY' && Object.keys(others).length === 0;
  return type === 'SELECT_NODE' && single && bare;
}

async function findAggregate(
  connection: DuckDBConnection,
  names: readonly string[],
): Promise<string | null> {
  if (names.some((name) => name.toLowerCase() === 'unnest')) return 'unnest';
  if (names.length === 0) return null;
  const reader = await connection.runAndReadAll(
    `SELECT function_name FROM duckdb_functions() WHERE function_name IN
       (SELECT lower(unnest(from_json($1::VARCHAR, '["VARCHAR"]'))))
     GROUP BY 1 HAVING bool_and(function_type = 'aggregate') ORDER BY 1`,
    [JSON.stringify(names)],
  );
  const found = reader.getRows()[0]?.[0];
  return found === undefined ? null : String(found);
}

/** Only what is wrong: the place would be one in our own SQL around it. */
function unparsed(expression: string, error: unknown): unknown {
  if (!(error instanceof AppError) || error.code !== 'sql_invalid') return error;
  const [what = ''] = error.message.replace(/^expression:\d+:\d+: /, '').split('\n');
  return notOne(expression, `: ${what}`);
}

function notOne(expression: string, reason = ''): Error {
  return fail('sql_invalid', `'${expression}' is not one expression${reason}`, {
    hint: 'Write a single SQL expression over the columns of a row, as amount > 0.',
  });
}

function forbidden(expression: string, what: string): Error {
  return fail('sql_forbidden', `'${expression}' contains ${what}`, {
    hint: 'An expression sees the columns of one row; use a transform for anything else.',
  });
}
