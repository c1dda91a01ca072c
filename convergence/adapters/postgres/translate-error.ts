import { AppError } from 'base/error.ts';
import { fail } from '../../engine/error-codes.ts';

/** Codes of Node and SQLSTATEs (PostgreSQL manual, appendix A) of a server that is not there. */
const UNREACHABLE =
  /^(ECONN\w+|EPIPE|ENOENT|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EHOSTUNREACH|08...|25P03|57P0[1-3]|53300)$/;

/** Errors of the driver `pg` that carry no code. */
const LOST =
  /^(Connection terminated|timeout exceeded when trying to connect|Client has encountered)/;

/** Of text and of JSON: both may hold any character but NUL. */
const UNSTORABLE = new Set(['22021', '22P05']);

/** The error to throw instead of one that the driver or the server gave. */
export function translateError(error: unknown): unknown {
  if (error instanceof AppError || !(error instanceof Error)) return error;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (UNREACHABLE.test(code) || LOST.test(error.message)) {
    return fail('database_unreachable', 'The control database does not answer.', {
      hint: 'Check DATABASE_URL and that the server runs; what was not confirmed is not stored.',
      cause: error,
    });
  }
  if (UNSTORABLE.has(code)) {
    return fail('text_unstorable', 'A text holds the character U+0000, which cannot be stored.', {
      hint: 'Send it without that character.',
      cause: error,
    });
  }
  if (code === '53100') {
    return fail('disk_full', 'The control database has no space left on its disk.', {
      cause: error,
    });
  }
  return error;
}
