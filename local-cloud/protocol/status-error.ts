/**
 * The codes of google.rpc.Code with their numbers on the wire of gRPC and the HTTP status that
 * google/rpc/code.proto gives for REST.
 */
export const statusCodes = {
  CANCELLED: { number: 1, http: 499 },
  UNKNOWN: { number: 2, http: 500 },
  INVALID_ARGUMENT: { number: 3, http: 400 },
  DEADLINE_EXCEEDED: { number: 4, http: 504 },
  NOT_FOUND: { number: 5, http: 404 },
  ALREADY_EXISTS: { number: 6, http: 409 },
  PERMISSION_DENIED: { number: 7, http: 403 },
  RESOURCE_EXHAUSTED: { number: 8, http: 429 },
  FAILED_PRECONDITION: { number: 9, http: 400 },
  ABORTED: { number: 10, http: 409 },
  OUT_OF_RANGE: { number: 11, http: 400 },
  UNIMPLEMENTED: { number: 12, http: 501 },
  INTERNAL: { number: 13, http: 500 },
  UNAVAILABLE: { number: 14, http: 503 },
  DATA_LOSS: { number: 15, http: 500 },
  UNAUTHENTICATED: { number: 16, http: 401 },
} as const;

export type StatusCode = keyof typeof statusCodes;

/** A google.protobuf.Any in JSON, such as a google.rpc.ErrorInfo. */
export interface StatusDetail {
  /** `type.googleapis.com/` and the full name of a message that the protos know. */
  readonly '@type': string;
  readonly [field: string]: unknown;
}

/** A refusal as the caller sees it: over gRPC a status, over REST the body `{error: {…}}`. */
export class StatusError extends Error {
  override readonly name = 'StatusError';
  readonly code: StatusCode;
  readonly details: readonly StatusDetail[];

  constructor(code: StatusCode, message: string, details: readonly StatusDetail[] = []) {
    super(message);
    this.code = code;
    this.details = details;
  }
}

/** Anything thrown that is not a refusal is a mistake of local-cloud; `where` says in what. */
export function asStatusError(error: unknown, where: string): StatusError {
  if (error instanceof StatusError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new StatusError('INTERNAL', `local-cloud's own mistake in ${where}: ${message}`);
}
