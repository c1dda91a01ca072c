import { AppError } from 'base/error.ts';
import { fail } from '../../../engine/error-codes.ts';
import type { ErrorCode } from '../../../engine/error-codes.ts';
import { isFileError } from '../receive-object.ts';

/** What the SDK throws, for an answer or for none. */
interface Refused {
  readonly name: string;
  readonly message: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html */
const CODES: Readonly<Record<string, ErrorCode>> = {
  NoSuchKey: 'object_changed',
  PreconditionFailed: 'object_changed',
  NoSuchBucket: 'bucket_absent',
  RequestTimeTooSkewed: 'storage_denied',
  RequestTimeout: 'storage_unreachable',
  SlowDown: 'storage_unreachable',
};
const STATUSES: Readonly<Record<number, ErrorCode>> = {
  401: 'storage_denied',
  403: 'storage_denied',
  404: 'object_changed',
  408: 'storage_unreachable',
  412: 'object_changed',
  429: 'storage_unreachable',
};

const HINTS: Partial<Record<ErrorCode, string>> = {
  storage_denied:
    'Check the credentials of the source, and that they may list and read the bucket.',
  bucket_absent: 'Create the bucket, or correct its name or the region.',
  object_changed: 'Run it again: it reads what is there then.',
};

/** AWS's error in our codes; `uri` is what it was about. What is no answer of its passes. */
export function translateS3Error(error: unknown, uri: string): unknown {
  if (error instanceof AppError || !isRefused(error)) return error;
  // The guard of addresses throws while the connection is made.
  const { cause } = error as { cause?: unknown };
  if (cause instanceof AppError) return cause;
  const status = statusOf(error);
  const isLate = status === 0 || status >= 500;
  const code =
    CODES[error.name] ?? STATUSES[status] ?? (isLate ? 'storage_unreachable' : 'storage_refused');
  const hint = HINTS[code];
  return fail(code, wordsOf(code, { uri, error }), { ...(hint && { hint }), cause: error });
}

/** HTTP's; 0 when there was no answer. */
export function statusOf(error: unknown): number {
  return (error as Partial<Refused> | null)?.$metadata?.httpStatusCode ?? 0;
}

function wordsOf(code: ErrorCode, { uri, error }: { uri: string; error: Refused }): string {
  if (code === 'bucket_absent') return `${/^s3:\/\/[^/]+/.exec(uri)?.[0]} does not exist`;
  if (code === 'object_changed') return `${uri} was replaced or removed while it was being read`;
  return `${uri}: ${error.name}: ${error.message.split('\n')[0]}`;
}

function isRefused(error: unknown): error is Refused {
  if (error instanceof TypeError || isFileError(error)) return false;
  return typeof (error as Partial<Refused> | null)?.message === 'string';
}
