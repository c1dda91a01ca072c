import type { AppError } from 'base/error.ts';
import { fail } from '../../../../engine/error-codes.ts';
import { sqlErrorAt } from '../../../../engine/flow/transform/sql-error.ts';
import type { TenantSql } from '../../../../engine/flow/transform/sql-error.ts';
import { findTables } from './find-tables.ts';
import type { TableNamed } from './find-tables.ts';
import { readTokens } from './sql-tokens.ts';
import type { SqlToken } from './sql-tokens.ts';

/** A single SELECT of a tenant that may be sent to BigQuery. */
export interface CheckedSelect {
  /** Without a semicolon at its end, so that it can stand within another statement. */
  readonly sql: string;
  readonly tables: readonly string[];
}

/** Functions with a dot in their name that only look at their arguments; others reach further. */
const ALLOWED_PREFIXES = new Set(['SAFE', 'NET', 'HLL_COUNT', 'KLL_QUANTILES']);
/** Functions that tell about who asks, or read somewhere else. */
const FORBIDDEN_FUNCTIONS = new Set([
  'SESSION_USER',
  'EXTERNAL_QUERY',
  'EXTERNAL_OBJECT_TRANSFORM',
]);
const FIRST_WORDS = new Set(['SELECT', 'WITH', 'FROM', '(']);
/** No star, which would read several tables, no `$` of a partition, no `__` of BigQuery's own. */
const TABLE_NAME = /^(?!__)[\p{L}_][\p{L}\p{N}_ -]*$/u;

/**
 * Lets SQL of a tenant through only if it is one SELECT that names tables of its dataset, and calls
 * nothing that reaches beyond them, as far as its words tell; a dry run tells the rest, once the
 * tables are there.
 * @throws sql_invalid, sql_forbidden with the line and a caret
 */
export function checkSelect(given: TenantSql): CheckedSelect {
  const tokens = singleStatement(given);
  checkWords(tokens, given);
  const tables = new Set<string>();
  for (const named of findTables(tokens)) {
    if (!named.isFunction) tables.add(tableName(named, given));
    else if (named.names.join('.').toUpperCase() !== 'UNNEST') throw tableFunction(named, given);
  }
  return { sql: given.sql.slice(0, tokens.at(-1)?.end), tables: [...tables] };
}

/**
 * Lets an expression of a tenant through only if it makes one value of the columns of one row, as far
 * as its words tell. @throws sql_invalid, sql_forbidden
 */
export function checkExpression(expression: string): void {
  const given = { sql: expression };
  const tokens = readTokens(expression);
  checkWords(tokens, given);
  if (tokens.length === 0 || !isBalanced(tokens) || tokens.some(({ word }) => word === ';')) {
    throw fail('sql_invalid', `'${expression}' is not one expression`, {
      hint: 'Write a single SQL expression over the columns of a row, as amount > 0.',
    });
  }
  const found = tokens.findIndex(({ word }, at) => isBeyondRow(word, tokens[at - 1]?.word));
  if (found < 0) return;
  const what = tokens[found]?.word === 'OVER' ? 'a window function' : 'a subquery';
  throw fail('sql_forbidden', `'${expression}' contains ${what}`, {
    hint: 'An expression sees the columns of one row; use a transform for anything else.',
  });
}

function isBeyondRow(word: string, before: string | undefined): boolean {
  return word === 'SELECT' || word === 'OVER' || (word === 'FROM' && before === '(');
}

function singleStatement(given: TenantSql): readonly SqlToken[] {
  if (given.sql.includes('\0')) throw fail('sql_invalid', 'the SQL contains a zero byte');
  const all = readTokens(given.sql);
  const end = all.findLastIndex(({ word }) => word !== ';') + 1;
  const tokens = all.slice(0, end);
  const file = given.place ? `${given.place.file}: ` : '';
  const [first] = tokens;
  if (!first) throw fail('sql_invalid', `${file}there is no statement, expected a SELECT`);
  if (tokens.some(({ word }) => word === ';')) {
    throw fail('sql_forbidden', `${file}there are several statements, expected one SELECT`, {
      hint: 'Keep one SELECT (WITH is fine) and remove the others.',
    });
  }
  if (!FIRST_WORDS.has(first.word)) throw refuse('only SELECT is allowed', first.start, given);
  if (!isBalanced(tokens)) {
    throw sqlErrorAt('sql_invalid', 'a parenthesis is open, or closes nothing', {
      ...given,
      offset: first.start,
    });
  }
  return tokens;
}

/** What no SQL of a tenant may contain, wherever it stands. */
function checkWords(tokens: readonly SqlToken[], given: TenantSql): void {
  const open = tokens.find(({ kind }) => kind === 'open');
  if (open) {
    const offset = open.start;
    throw sqlErrorAt('sql_invalid', `what begins with ${open.word} has no end`, {
      ...given,
      offset,
    });
  }
  tokens.forEach((token, at) => {
    const [next, after] = tokens.slice(at + 1, at + 3);
    if (token.word === '@')
      throw refuse('a variable or parameter is not allowed', token.start, given);
    const isName = token.kind === 'name' || token.kind === 'quoted';
    if (!isName) return;
    const called = token.name.toUpperCase();
    if (next?.word === '(' && FORBIDDEN_FUNCTIONS.has(called)) {
      throw refuse(`the function ${called} is not allowed`, token.start, given);
    }
    const isPath = tokens[at - 1]?.word === '.' && tokens[at - 2]?.kind !== 'text';
    if (next?.word === '.' && !isPath && after) checkPath(tokens, { at, given });
  });
}

/** `NET.HOST(x)` is a function of BigQuery, `other.f(x)` one that somebody made. */
function checkPath(
  tokens: readonly SqlToken[],
  { at, given }: { at: number; given: TenantSql },
): void {
  let end = at;
  while (tokens[end + 1]?.word === '.' && tokens[end + 2]) end += 2;
  if (tokens[end + 1]?.word !== '(') return;
  const [first] = tokens.slice(at);
  if (!first || ALLOWED_PREFIXES.has(first.name.toUpperCase())) return;
  const path = tokens.slice(at, end + 1).map(({ name }) => name);
  throw refuse(`the function ${path.join('')} is not allowed`, first.start, given);
}

function tableName({ names, start }: TableNamed, given: TenantSql): string {
  const [name = '', ...more] = names;
  if (more.length > 0) {
    throw refuse(`${names.join('.')} is outside the dataset of the tenant`, start, given);
  }
  if (!TABLE_NAME.test(name)) throw refuse(`'${name}' is no table of the tenant`, start, given);
  return name;
}

function tableFunction({ names, start }: TableNamed, given: TenantSql): AppError {
  return refuse(`the table function ${names.join('.')} is not allowed`, start, given);
}

function refuse(message: string, offset: number, given: TenantSql): AppError {
  const hint = 'A query may read the tables of its own dataset, named without dataset.';
  return sqlErrorAt('sql_forbidden', message, { ...given, offset, hint });
}

function isBalanced(tokens: readonly SqlToken[]): boolean {
  let depth = 0;
  for (const { word } of tokens) {
    if (word === '(') depth++;
    if (word === ')' && --depth < 0) return false;
  }
  return depth === 0;
}
