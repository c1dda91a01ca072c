import type { ServerResponse } from 'node:http';
import { writeJson } from '../../protocol/rest/write-answer.ts';
import { StatusError, statusCodes } from '../../protocol/status-error.ts';

const statuses = {
  notModified: 304,
  invalid: 400,
  required: 400,
  notFound: 404,
  conflict: 409,
  conditionNotMet: 412,
  uploadTooLarge: 413,
  requestedRangeNotSatisfiable: 416,
  /** Of an upload that its writer gave up. */
  cancelled: 499,
  notImplemented: 501,
} as const;

export type StorageReason = keyof typeof statuses;

/** A refusal as Cloud Storage gives it (https://cloud.google.com/storage/docs/json_api/v1/status-codes). */
export class StorageError extends Error {
  override readonly name = 'StorageError';
  readonly reason: StorageReason;

  constructor(reason: StorageReason, message: string) {
    super(message);
    this.reason = reason;
  }
}

export function writeStorageError(
  response: ServerResponse,
  error: StorageError | StatusError,
): void {
  const { message } = error;
  const { code, reason } = error instanceof StatusError ? ofFault(error) : ofRefusal(error);
  if (code === statuses.notModified) {
    response.writeHead(code).end();
    return;
  }
  const place =
    reason === 'conditionNotMet' ? { locationType: 'header', location: 'If-Match' } : {};
  const errors = [{ message, domain: 'global', reason, ...place }];
  writeJson(response, code, { error: { code, message, errors } });
}

function ofRefusal({ reason }: StorageError) {
  return { code: statuses[reason], reason };
}

/** A fault names one of google.rpc's codes; Cloud Storage has reasons of its own. */
function ofFault({ code }: StatusError) {
  const { http } = statusCodes[code];
  const reasons: Readonly<Record<number, string>> = {
    401: 'authError',
    403: 'forbidden',
    404: 'notFound',
    429: 'rateLimitExceeded',
    500: 'internalError',
    503: 'backendError',
  };
  return { code: http, reason: reasons[http] ?? 'invalid' };
}
