import type { ServerResponse } from 'node:http';
import { writeJson } from '../../protocol/rest/write-answer.ts';

/** https://cloud.google.com/bigquery/docs/error-messages */
const CODES = {
  invalid: [400, 'INVALID_ARGUMENT'],
  invalidQuery: [400, 'INVALID_ARGUMENT'],
  required: [400, 'INVALID_ARGUMENT'],
  parseError: [400, 'INVALID_ARGUMENT'],
  badRequest: [400, 'INVALID_ARGUMENT'],
  resourceInUse: [400, 'FAILED_PRECONDITION'],
  bytesBilledLimitExceeded: [400, 'INVALID_ARGUMENT'],
  jobInternalError: [400, 'INTERNAL'],
  stopped: [400, 'CANCELLED'],
  accessDenied: [403, 'PERMISSION_DENIED'],
  rateLimitExceeded: [403, 'RESOURCE_EXHAUSTED'],
  jobRateLimitExceeded: [400, 'RESOURCE_EXHAUSTED'],
  quotaExceeded: [403, 'RESOURCE_EXHAUSTED'],
  notFound: [404, 'NOT_FOUND'],
  duplicate: [409, 'ALREADY_EXISTS'],
  conditionNotMet: [412, 'FAILED_PRECONDITION'],
  uploadTooLarge: [413, 'INVALID_ARGUMENT'],
  internalError: [500, 'INTERNAL'],
  notImplemented: [501, 'UNIMPLEMENTED'],
  backendError: [503, 'UNAVAILABLE'],
} as const satisfies Record<string, readonly [number, string]>;

export type Reason = keyof typeof CODES;

/** google.cloud.bigquery.v2.ErrorProto */
export interface ErrorProto {
  readonly reason: string;
  readonly message: string;
  readonly location?: string;
}

/** A refusal as BigQuery gives it, of a call or as the result of a job. */
export class BigQueryError extends Error {
  override readonly name = 'BigQueryError';
  readonly reason: Reason;
  readonly location: string | undefined;
  /** All that is wrong, when that is more than this. */
  readonly errors: readonly ErrorProto[];

  constructor(
    reason: Reason,
    message: string,
    more: { readonly location?: string; readonly errors?: readonly ErrorProto[] } = {},
  ) {
    super(message);
    this.reason = reason;
    this.location = more.location;
    this.errors = more.errors ?? [this.toProto()];
  }

  toProto(): ErrorProto {
    const { reason, message, location } = this;
    return { reason, ...(location === undefined ? {} : { location }), message };
  }
}

export function codeOf(reason: string): number {
  return reason in CODES ? CODES[reason as Reason][0] : 400;
}

export function writeBigQueryError(response: ServerResponse, error: BigQueryError): void {
  const { reason, message, location } = error;
  const [code, status] = CODES[reason];
  const place = location === undefined ? {} : { location, locationType: 'other' };
  const errors = [{ message, domain: 'global', reason, ...place }];
  writeJson(response, code, { error: { code, message, errors, status } });
}
