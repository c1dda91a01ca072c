import { AppError } from 'base/error.ts';
import { fail } from '../../engine/error-codes.ts';
import type { ErrorCode } from '../../engine/error-codes.ts';

interface Asked {
  /** Such as `job shop-tick`. */
  readonly what: string;
  /** Without which Cloud Scheduler denies it. */
  readonly permission: string;
}

/** By number of google.rpc.Code; the rest is trouble that may pass. */
const CODES: Readonly<Record<number, ErrorCode>> = {
  3: 'effect_refused',
  5: 'effect_refused',
  6: 'effect_refused',
  7: 'platform_denied',
  9: 'effect_refused',
  12: 'effect_refused',
  16: 'platform_denied',
};

/** An error of Google's client in our words; what is none of theirs stays as it is. */
export function translateError(error: unknown, { what, permission }: Asked): unknown {
  if (error instanceof AppError || !(error instanceof Error)) return error;
  const status = 'code' in error && typeof error.code === 'number' ? error.code : null;
  if (status === null) return error;
  const code = CODES[status] ?? 'platform_unreachable';
  const words = error.message.replace(/^\d+ [A-Z_]+: /, '');
  const hint =
    code === 'platform_denied'
      ? `The credentials lack ${permission}; roles/cloudscheduler.admin has it.`
      : undefined;
  return fail(code, `${what}: ${words}`, { ...(hint && { hint }), cause: error });
}
