import type { ServerResponse } from 'node:http';
import { writeJson } from '../../protocol/rest/write-answer.ts';

const statuses = {
  invalid: 400,
  required: 400,
  notFound: 404,
  conflict: 409,
  conditionNotMet: 412,
  uploadTooLarge: 413,
  requestedRangeNotSatisfiable: 416,
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
  { reason, message }: StorageError,
): void {
  const code = statuses[reason];
  const place =
    reason === 'conditionNotMet' ? { locationType: 'header', location: 'If-Match' } : {};
  const errors = [{ message, domain: 'global', reason, ...place }];
  writeJson(response, code, { error: { code, message, errors } });
}
