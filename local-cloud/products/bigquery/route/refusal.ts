import { StatusError } from '../../../protocol/status-error.ts';
import type { StatusCode } from '../../../protocol/status-error.ts';
import { BigQueryError } from '../bigquery-error.ts';
import type { Reason } from '../bigquery-error.ts';

/** Of the codes that faults have. */
const REASONS: Partial<Record<StatusCode, Reason>> = {
  UNAVAILABLE: 'backendError',
  INTERNAL: 'internalError',
  RESOURCE_EXHAUSTED: 'rateLimitExceeded',
  PERMISSION_DENIED: 'accessDenied',
  NOT_FOUND: 'notFound',
  ALREADY_EXISTS: 'duplicate',
  INVALID_ARGUMENT: 'invalid',
  UNIMPLEMENTED: 'notImplemented',
  FAILED_PRECONDITION: 'conditionNotMet',
};

/** Null for what is no refusal. */
export function asRefusal(error: unknown): BigQueryError | null {
  if (error instanceof BigQueryError) return error;
  if (!(error instanceof StatusError)) return null;
  return new BigQueryError(REASONS[error.code] ?? 'backendError', error.message);
}
