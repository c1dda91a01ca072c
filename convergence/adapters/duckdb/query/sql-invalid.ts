import type { AppError } from 'base/error.ts';
import { fail } from '../../../engine/error-codes.ts';
import type { ErrorCode } from '../../../engine/error-codes.ts';
import type { SqlPlace } from '../../../engine/flow/transform/model.ts';

/** SQL as its author wrote it. */
export interface TenantSql {
  readonly sql: string;
  readonly place?: SqlPlace;
}

/** Kinds of DuckDB's errors for which the author of the SQL is the one to act. */
const AUTHOR_ERRORS =
  /^(?:Parser|Syntax|Binder|Catalog|Conversion|Invalid Input|Invalid|Out of Range|Mismatch Type|Not implemented|Invalid type|Expression) Error: /;

/** DuckDB ends a message with `LINE 2: select y` and a caret; a long line is cut with dots. */
const LOCATION = /\n+LINE (\d+): (.*)\n( *)\^\s*$/;

/** The nearest name may be a table of the system, which the author meant least. */
const SYSTEM_GUESS = /\nDid you mean "(?:_convergence|duckdb|pg|pragma|sqlite)_\w+"\?/;

/** What DuckDB says about a mistake of the author, without the place; null for any other error. */
export function authorMessage(error: unknown): string | null {
  if (!(error instanceof Error) || !AUTHOR_ERRORS.test(error.message)) return null;
  return error.message
    .replace(AUTHOR_ERRORS, '')
    .replace(LOCATION, '')
    .replace(SYSTEM_GUESS, '')
    .trim();
}

/**
 * A DuckDB error about SQL of a tenant as `sql_invalid`, with the line of the file and a caret.
 * Anything else (interrupted, disk, memory) is given back as it is.
 */
export function sqlInvalid(error: unknown, { sql, place }: TenantSql): unknown {
  const message = authorMessage(error);
  if (!(error instanceof Error) || message === null) return error;
  const [, line, excerpt = '', caret = ''] = LOCATION.exec(error.message) ?? [];
  if (line === undefined) {
    return fail('sql_invalid', `${place ? `${place.file}: ` : ''}${message}`, { cause: error });
  }
  const shownFrom = `LINE ${line}: `.length + (excerpt.startsWith('...') ? 3 : 0);
  const text = sql.split('\n')[Number(line) - 1] ?? '';
  const start = Math.max(0, text.indexOf(excerpt.replaceAll(/^\.\.\.|\.\.\.$/g, '')));
  const column = start + caret.length - shownFrom + 1;
  return sqlError('sql_invalid', message, { sql, place, line: Number(line), column });
}

/** An error at an offset of the SQL, counted in UTF-16 units. */
export function sqlErrorAt(
  code: ErrorCode,
  message: string,
  at: TenantSql & { offset: number; hint?: string },
): AppError {
  const before = at.sql.slice(0, at.offset);
  const line = before.split('\n').length;
  const column = at.offset - before.lastIndexOf('\n');
  return sqlError(code, message, { ...at, line, column });
}

function sqlError(
  code: ErrorCode,
  message: string,
  at: TenantSql & { line: number; column: number; hint?: string },
): AppError {
  const line = at.line + (at.place?.firstLine ?? 1) - 1;
  const where = at.place
    ? `${at.place.file}:${line}:${at.column}`
    : `line ${line}, column ${at.column}`;
  return fail(code, `${where}: ${message}\n${excerptOf(at)}`, {
    hint: at.hint,
    details: { line, column: at.column, ...(at.place && { file: at.place.file }) },
  });
}

const MAX_EXCERPT = 120;

/** The line with a caret below; of a long line the part around it. */
function excerptOf({ sql, line, column }: { sql: string; line: number; column: number }): string {
  const text = (sql.split('\n')[line - 1] ?? '').replaceAll('\t', ' ').trimEnd();
  const start = Math.max(0, Math.min(column - 1 - MAX_EXCERPT / 2, text.length - MAX_EXCERPT));
  return `  ${text.slice(start, start + MAX_EXCERPT)}\n  ${' '.repeat(column - 1 - start)}^`;
}
