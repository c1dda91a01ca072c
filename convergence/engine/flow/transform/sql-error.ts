import type { AppError } from 'base/error.ts';
import { fail } from '../../error-codes.ts';
import type { ErrorCode } from '../../error-codes.ts';
import type { SqlPlace } from './model.ts';

/** SQL as its author wrote it. */
export interface TenantSql {
  readonly sql: string;
  readonly place?: SqlPlace | undefined;
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

/** An error at a line and column of the SQL, both from 1, with the line and a caret. */
export function sqlError(
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
