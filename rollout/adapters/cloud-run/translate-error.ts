import { AppError } from 'base/error.ts';
import type { ErrorCode } from '../../engine/error-codes.ts';
import { fail } from '../../engine/error-codes.ts';

/** What was asked of the platform when it refused. */
export interface Asked {
  /** Such as `shop in europe-west1 of p`. */
  readonly what: string;
  /** Without which the platform denies it. */
  readonly permission: string;
  /** Codes that mean something else for this call. */
  readonly codes?: Partial<Record<number, ErrorCode>>;
}

/** By number of google.rpc.Code. */
const CODES: Readonly<Record<number, ErrorCode>> = {
  1: 'platform_unreachable',
  2: 'platform_unreachable',
  3: 'effect_refused',
  4: 'platform_unreachable',
  5: 'service_absent',
  6: 'service_exists',
  7: 'platform_denied',
  8: 'platform_unreachable',
  9: 'effect_refused',
  10: 'etag_stale',
  11: 'effect_refused',
  12: 'effect_refused',
  13: 'platform_unreachable',
  14: 'platform_unreachable',
  16: 'platform_denied',
};

/** `3 INVALID_ARGUMENT: ` before the words of the platform is the client's. */
const STATUS_PREFIX = /^\d+ [A-Z_]+: /;
const PERMISSION = /[Pp]ermission '?([a-z]+(?:\.[A-Za-z]+)+)/;
const NO_CREDENTIALS = /default credentials|GOOGLE_APPLICATION_CREDENTIALS|invalid_grant|refresh/i;

/** An error of Google's clients in our words; what is none of theirs stays as it is. */
export function translateError(error: unknown, asked: Asked): unknown {
  if (error instanceof AppError || !(error instanceof Error)) return error;
  const status = 'code' in error && typeof error.code === 'number' ? error.code : null;
  const words = error.message.replace(STATUS_PREFIX, '');
  if (status === null && !NO_CREDENTIALS.test(words)) return error;
  const code = asked.codes?.[status ?? 16] ?? CODES[status ?? 16];
  if (code === undefined) return error;
  return fail(code, `${asked.what}: ${words}`, { ...adviseOn(code, words, asked), cause: error });
}

function adviseOn(
  code: ErrorCode,
  words: string,
  { permission }: Asked,
): { hint?: string; details?: { permission: string } } {
  if (code === 'etag_stale') return { hint: 'Read the service again, and decide again.' };
  if (code === 'platform_unreachable') return { hint: 'Is the network there? Try again.' };
  if (code !== 'platform_denied') return {};
  if (NO_CREDENTIALS.test(words)) {
    return { hint: 'Run `gcloud auth application-default login`.' };
  }
  const missing = PERMISSION.exec(words)?.[1] ?? permission;
  return {
    hint: `The credentials lack ${missing}; roles/run.developer has it, and roles/iam.serviceAccountUser what it takes to act as the service's account.`,
    details: { permission: missing },
  };
}
