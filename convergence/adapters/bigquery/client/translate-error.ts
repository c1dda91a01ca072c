import { AppError } from 'base/error.ts';
import { fail } from '../../../engine/error-codes.ts';
import type { ErrorCode } from '../../../engine/error-codes.ts';

/** What BigQuery says went wrong: the error of a call, or the `errorResult` of a job. */
export interface Failure {
  /** Status of HTTP; absent for a job that failed. */
  readonly status?: number | undefined;
  /** As in https://cloud.google.com/bigquery/docs/error-messages; '' when nothing answered. */
  readonly reason: string;
  readonly message: string;
}

/** A job that came to its end with an error. */
export class JobFailed extends Error {
  readonly failure: Failure;

  constructor(failure: Failure) {
    super(failure.message);
    this.failure = failure;
  }
}

interface Translation {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint?: string;
  /** Whether to try again at once, with growing pauses. */
  readonly repeat?: true;
}

const CONFLICT = /aborted due to concurrent update|Could not serialize access/i;

const BUSY: Translation = {
  code: 'warehouse_busy',
  message: 'another load or query changes the same tables at this moment',
  hint: 'Nothing was written; try again.',
  repeat: true,
};
const UNAVAILABLE: Translation = {
  code: 'warehouse_unavailable',
  message: 'BigQuery does not answer, or failed by itself',
  hint: 'Try again in a while; https://status.cloud.google.com tells of outages.',
  repeat: true,
};
const RATE: Translation = {
  code: 'warehouse_busy',
  message: 'BigQuery asks for a slower pace',
  hint: 'Try again in a while, with fewer runs at a time.',
  repeat: true,
};
const DENIED: Translation = {
  code: 'google_denied',
  message: 'BigQuery refuses access',
  hint: 'Give the service account of the platform the roles of the guide on BigQuery, and see that the project has billing.',
};

/** By the reason that BigQuery gives. What has no row here is a mistake of ours. */
const TRANSLATIONS: Readonly<Record<string, Translation>> = {
  backendError: UNAVAILABLE,
  jobBackendError: UNAVAILABLE,
  internalError: UNAVAILABLE,
  jobInternalError: UNAVAILABLE,
  tableUnavailable: UNAVAILABLE,
  rateLimitExceeded: RATE,
  userRateLimitExceeded: RATE,
  jobRateLimitExceeded: RATE,
  quotaExceeded: {
    code: 'warehouse_quota_exceeded',
    message: 'a quota of the Google Cloud project for BigQuery is used up',
    hint: 'Wait until it resets, or ask Google for more: https://cloud.google.com/bigquery/quotas.',
  },
  accessDenied: DENIED,
  billingNotEnabled: DENIED,
  blocked: DENIED,
  notFound: {
    code: 'table_absent',
    message: 'BigQuery does not find it',
  },
  bytesBilledLimitExceeded: {
    code: 'query_too_expensive',
    message: 'the query would read more bytes than the plan of the tenant allows for one query',
    hint: 'Select fewer columns, filter by the partition column, or take a larger plan.',
  },
  billingTierLimitExceeded: {
    code: 'query_too_expensive',
    message: 'the query needs more computation than BigQuery gives for the bytes that it reads',
    hint: 'Join or compare fewer rows with each other.',
  },
  responseTooLarge: {
    code: 'result_too_large',
    message: 'the result of the query is larger than BigQuery returns',
    hint: 'Select fewer rows or columns.',
  },
  resourcesExceeded: {
    code: 'memory_exceeded',
    message: 'the query needs more memory than BigQuery gives it',
    hint: 'Sort, join or group fewer rows at a time.',
  },
  timeout: {
    code: 'query_timeout',
    message: 'the query was stopped because it took too long',
    hint: 'Read fewer rows at a time.',
  },
  stopped: {
    code: 'cancelled',
    message: 'the job in BigQuery was cancelled',
  },
  invalidQuery: {
    code: 'sql_invalid',
    message: 'BigQuery does not understand the SQL',
  },
};

/** Errors of BigQuery in the words of the product; what is already an AppError passes. */
export function translateError(error: unknown): unknown {
  if (error instanceof AppError) return error;
  const failure = failureOf(error);
  if (!failure) return error;
  const found = find(failure);
  const { code, message, hint } = found ?? { code: 'internal', message: 'BigQuery refuses' };
  const { reason, status } = failure;
  return fail(code, `${message}: ${shorten(failure.message)}`, {
    ...(hint !== undefined && { hint }),
    details: { reason, ...(status !== undefined && { status }) },
    cause: error,
  });
}

/** Whether the same may succeed a little later; what is translated was repeated enough. */
export function isRepeatable(error: unknown): boolean {
  const failure = error instanceof AppError ? null : failureOf(error);
  return failure !== null && find(failure)?.repeat === true;
}

/** What BigQuery said, also of an error that is translated already; null: it is not BigQuery's. */
export function failureOf(error: unknown): Failure | null {
  if (error instanceof JobFailed) return error.failure;
  if (error instanceof AppError) return error.cause === undefined ? null : failureOf(error.cause);
  if (!(error instanceof Error)) return null;
  const { code, errors } = error as ApiError;
  if (typeof code === 'number') {
    const reason = errors?.[0]?.reason ?? '';
    return { status: code, reason, message: errors?.[0]?.message ?? error.message };
  }
  // Names such as ECONNRESET; the client's own errors of use have none.
  return typeof code === 'string' || isFetchError(error)
    ? { reason: '', message: error.message }
    : null;
}

/** As Google's client throws it. */
interface ApiError {
  readonly code?: unknown;
  readonly errors?: readonly { readonly reason?: string; readonly message?: string }[];
}

/** An answer that breaks off, or does not come in time, has no code of the network. */
function isFetchError(error: Error): boolean {
  return error.name === 'FetchError' || error.name === 'AbortError';
}

function find({ status, reason, message }: Failure): Translation | undefined {
  if (CONFLICT.test(message)) return BUSY;
  if (Object.hasOwn(TRANSLATIONS, reason)) return TRANSLATIONS[reason];
  if (reason !== '' && status === undefined) return undefined;
  if (status === undefined || status >= 500 || status === 408) return UNAVAILABLE;
  if (status === 429) return RATE;
  return status === 401 || status === 403 ? DENIED : undefined;
}

const MAX_CHARACTERS = 500;

function shorten(message: string): string {
  const line = message.replaceAll(/\s+/g, ' ').trim();
  return line.length > MAX_CHARACTERS ? `${line.slice(0, MAX_CHARACTERS)}…` : line;
}
