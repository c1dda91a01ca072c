import { AppError } from 'base/error.ts';
import { fail } from '../../engine/error-codes.ts';

const NO_CREDENTIALS = /default credentials|invalid_grant|GOOGLE_APPLICATION_CREDENTIALS/i;

/** What the client puts before the reason of a network error. */
const REQUEST = /^request to \S+ failed, reason: /;
/** A bucket that is gone again, a slow answer, too many requests. */
const PASSING = new Set([404, 408, 429]);

/** The HTTP status of an answer of Cloud Storage that the client threw; null for anything else. */
export function statusOf(error: unknown): number | null {
  return error instanceof Error && 'code' in error && typeof error.code === 'number'
    ? error.code
    : null;
}

/** What Cloud Storage's client threw, in our words; what is none of its errors stays as it is. */
export function translateError(error: unknown, bucket: string): unknown {
  if (error instanceof AppError || !(error instanceof Error)) return error;
  const status = statusOf(error);
  const message = `The journal in gs://${bucket}: ${error.message.replace(REQUEST, '')}`;
  if (status === 401 || status === 403 || NO_CREDENTIALS.test(error.message)) {
    return fail('journal_denied', message, { hint: accessHint(status, bucket), cause: error });
  }
  const isNetwork =
    'code' in error && typeof error.code === 'string' && !(error instanceof TypeError);
  if (!isNetwork && !PASSING.has(status ?? 0) && (status ?? 0) < 500) return error;
  return fail('journal_unreachable', message, {
    hint: 'Is the network there? Try again; nothing is lost.',
    cause: error,
  });
}

function accessHint(status: number | null, bucket: string): string {
  return status === 403
    ? `The credentials need roles/storage.objectUser on gs://${bucket}. Where there is no such bucket: \`gcloud storage buckets create gs://${bucket} --uniform-bucket-level-access\`; where the name is another's, choose one with ROLLOUT_JOURNAL_BUCKET.`
    : 'Run `gcloud auth application-default login`.';
}
