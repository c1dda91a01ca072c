import { fail } from '../../../engine/error-codes.ts';
import { sqlError } from '../../../engine/flow/transform/sql-error.ts';
import type { TenantSql } from '../../../engine/flow/transform/sql-error.ts';

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
