/** What an error means for whoever meets it; decides status, exit code and whether to retry. */
export type ErrorKind = 'input' | 'access' | 'absent' | 'conflict' | 'transient' | 'broken';

export interface AppErrorInit {
  readonly code: string;
  readonly kind: ErrorKind;
  /** What is wrong, which value, where, and what was expected. */
  readonly message: string;
  /** The next thing to do. */
  readonly hint?: string;
  /** For machines; `retryAfterMs` in it overrides the backoff of `retry`. */
  readonly details?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

/** Code, message, hint and details reach tenants: no secrets, server paths or stack in them. */
export class AppError extends Error {
  override readonly name = 'AppError';
  readonly code: string;
  readonly kind: ErrorKind;
  readonly hint: string | undefined;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(init: AppErrorInit) {
    super(init.message, init.cause === undefined ? undefined : { cause: init.cause });
    this.code = init.code;
    this.kind = init.kind;
    this.hint = init.hint;
    this.details = init.details ?? {};
  }
}

// 70 is EX_SOFTWARE of sysexits.h; 1 stays free for crashes that nobody translated.
const exitCodes = {
  input: 2,
  access: 3,
  absent: 4,
  conflict: 5,
  transient: 6,
  broken: 70,
} as const;

const httpStatuses = {
  input: 400,
  access: 403,
  absent: 404,
  conflict: 409,
  transient: 503,
  broken: 500,
} as const;

/** The exit code of a process that ends with an error of this kind. */
export function exitCodeOf(kind: ErrorKind): number {
  return exitCodes[kind];
}

/** The HTTP status of this kind (RFC 9110), unless a door knows a closer one (401, 422, 429). */
export function httpStatusOf(kind: ErrorKind): number {
  return httpStatuses[kind];
}
