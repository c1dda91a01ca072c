import { AppError } from 'base/error.ts';
import { fail } from '../../engine/error-codes.ts';
import type { ErrorCode } from '../../engine/error-codes.ts';

interface Translation {
  readonly pattern: RegExp;
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint?: string;
}

/** DuckDB has no error codes; a message begins with its class. The first match counts. */
const TRANSLATIONS: readonly Translation[] = [
  {
    pattern: /Could not set lock on file|Conflicting lock is held/,
    code: 'warehouse_busy',
    message: 'another process holds the warehouse file of the tenant',
    hint: 'Try again, or stop the other process if it should not run.',
  },
  {
    pattern: /max_temp_directory_size/,
    code: 'memory_exceeded',
    message: 'the operation needs more memory and temporary disk than the plan of the tenant gives',
    hint: 'Sort, join or group fewer rows at a time, or take a larger plan.',
  },
  {
    pattern: /No space left on device|ENOSPC/i,
    code: 'disk_full',
    message: 'no space is left on the disk of the warehouse',
    hint: 'Free space in DATA_DIR; the load goes on where it stopped.',
  },
  {
    pattern:
      /not a valid DuckDB database file|Corrupt database file|not read enough bytes .*\.duckdb"/,
    code: 'warehouse_damaged',
    message: 'the warehouse file of the tenant is damaged',
    hint: 'The operator restores it from a backup, or moves it away and lets the sources load anew.',
  },
  {
    pattern: /^Out of Memory Error/,
    code: 'memory_exceeded',
    message: 'the operation needs more memory than the warehouse may use',
    hint: 'Work on fewer rows at a time, or take a larger plan.',
  },
  {
    pattern:
      /^TransactionContext Error: (?:Conflict|Failed to commit|Catalog write-write conflict)/,
    code: 'warehouse_busy',
    message: 'another load changed the same table at this moment',
    hint: 'Nothing was written; try again.',
  },
];

/** Errors of DuckDB in the words of the product; what is already an AppError passes. */
export function translateError(error: unknown): unknown {
  if (error instanceof AppError || !(error instanceof Error)) return error;
  const found = TRANSLATIONS.find(({ pattern }) => pattern.test(error.message));
  if (found) return fail(found.code, found.message, { hint: found.hint, cause: error });
  return fail('internal', 'the warehouse failed', { cause: error });
}
