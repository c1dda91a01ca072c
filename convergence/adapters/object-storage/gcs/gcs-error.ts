import { AppError } from 'base/error.ts';
import { fail } from '../../../engine/error-codes.ts';
import type { ErrorCode } from '../../../engine/error-codes.ts';
import { isFileError } from '../receive-object.ts';

/** Google's `ApiError`, or the body of an answer: resumable uploads throw that, which is no Error. */
interface Refused {
  readonly code?: unknown;
  readonly message: string;
}

/** https://cloud.google.com/storage/docs/json_api/v1/status-codes */
const CODES: Readonly<Record<number, ErrorCode>> = {
  401: 'storage_denied',
  403: 'storage_denied',
  408: 'storage_unreachable',
  429: 'storage_unreachable',
};

/** Google's error in our codes; `uri` is what it was about. What is no answer of its passes. */
export function translateGcsError(error: unknown, uri: string): unknown {
  if (error instanceof AppError || !isRefused(error)) return error;
  const status = statusOf(error);
  if (status === 404) return absent(error, uri);
  const isLate = status === 0 || status >= 500;
  const code = CODES[status] ?? (isLate ? 'storage_unreachable' : 'storage_refused');
  return fail(code, `${uri}: ${wordsOf(error)}`, {
    ...(code === 'storage_denied' && {
      hint: 'Give the service account roles/storage.objectUser on the bucket.',
    }),
    cause: error,
  });
}

function isRefused(error: unknown): error is Refused {
  if (error instanceof TypeError || isFileError(error)) return false;
  return typeof (error as Partial<Refused> | null)?.message === 'string';
}

/** HTTP's; 0 when there was no answer. */
export function statusOf(error: unknown): number {
  const { code } = (error ?? {}) as Partial<Refused>;
  return typeof code === 'number' ? code : 0;
}

function absent(error: Refused, uri: string): Error {
  const bucket = /^gs:\/\/[^/]+/.exec(uri)?.[0] ?? uri;
  if (wordsOf(error).startsWith('The specified bucket')) {
    return fail('bucket_absent', `${bucket} does not exist`, {
      hint: 'Create the bucket, or correct its name.',
      cause: error,
    });
  }
  return fail('object_changed', `${uri} was replaced or removed while it was being read`, {
    hint: 'Run it again: it reads what is there then.',
    cause: error,
  });
}

/** Without the address asked for; downloads give the whole answer as the message. */
function wordsOf({ message }: Refused): string {
  try {
    const { error } = JSON.parse(message) as { error?: Refused };
    return error?.message ?? message;
  } catch {
    return message.replace(/^request to \S+ failed, reason: /, '').split('\n')[0] ?? '';
  }
}
