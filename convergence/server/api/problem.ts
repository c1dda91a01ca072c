import { AppError, httpStatusOf } from 'base/error.ts';
import type { ErrorKind } from 'base/error.ts';
import type { FastifyError, FastifySchemaValidationError } from 'fastify';
import { fail } from '../../engine/error-codes.ts';
import type { ErrorCode } from '../../engine/error-codes.ts';
import type { ProblemDocument } from './contract/problem-document.ts';

/** Codes whose status is closer than that of their kind. */
const statuses: Partial<Record<string, number>> = {
  key_missing: 401,
  key_invalid: 401,
  admin_key_invalid: 401,
  method_not_allowed: 405,
  version_conflict: 412,
  request_too_large: 413,
  content_type_unsupported: 415,
  request_invalid: 422,
  config_invalid: 422,
  plan_unknown: 422,
  parameter_unknown: 422,
  parameter_invalid: 422,
  quota_exceeded: 429,
  rate_limited: 429,
} satisfies Partial<Record<ErrorCode, number>>;

/** The status with which the API answers an error of this code. */
export function statusOfCode(code: string, kind: ErrorKind): number {
  return statuses[code] ?? httpStatusOf(kind);
}

const titles: Record<ErrorKind, string> = {
  input: 'The request cannot be carried out as it is',
  access: 'Not allowed',
  absent: 'Not found',
  conflict: 'In conflict with the present state',
  transient: 'Not now',
  broken: 'A mistake of ours',
};

const internal = (): AppError =>
  fail('internal', 'Something went wrong on our side.', {
    hint: 'Try again; if it stays, report the instance of this answer to the operator.',
  });

export interface Answer {
  readonly status: number;
  readonly body: ProblemDocument;
  readonly headers: Readonly<Record<string, string>>;
  /** False: a mistake of ours, which must be logged with its cause. */
  readonly expected: boolean;
}

/** Any error as the problem document (RFC 9457) that the client may see. */
export function toProblem(error: unknown, request: { id: string; now: Date }): Answer {
  const known = error instanceof AppError ? error : translate(error ?? {});
  const seen = !known || known.kind === 'broken' ? internal() : known;
  const status = statusOfCode(seen.code, seen.kind);
  const { errors, retryAfterMs: _, allow, ...details } = seen.details;
  return {
    status,
    expected: seen === known,
    headers: {
      ...(status === 401 && { 'www-authenticate': 'ApiKey' }),
      ...(seen.kind === 'transient' && { 'retry-after': retryAfterSeconds(seen, request.now) }),
      ...(typeof allow === 'string' && { allow }),
    },
    body: {
      type: `urn:convergence:error:${seen.code}`,
      title: titles[seen.kind],
      status,
      detail: seen.message,
      code: seen.code,
      hint: seen.hint,
      instance: `urn:uuid:${request.id}`,
      errors: errors as ProblemDocument['errors'],
      details: Object.keys(details).length > 0 ? toSnakeCase(details) : undefined,
    },
  };
}

/** Most errors name no time; 5 seconds keeps clients from hammering a struggling server. */
function retryAfterSeconds({ details }: AppError, now: Date): string {
  const { retryAfterMs = 5_000, resetsAt } = details;
  const waitMs =
    typeof resetsAt === 'string' ? Date.parse(resetsAt) - now.getTime() : Number(retryAfterMs);
  return String(Math.max(1, Math.ceil(waitMs / 1_000)));
}

/** Names as everywhere else in the API; what is deeper is data, such as problems of files. */
function toSnakeCase(details: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(details).map(([name, value]) => [
      name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      value,
    ]),
  );
}

/** What fastify itself refuses, by its status: errors without one are ours. */
function translate(error: Partial<FastifyError>): AppError | undefined {
  if (error.validation)
    return fail('request_invalid', 'The request has values that do not fit.', {
      hint: 'Mend each of `errors`; /openapi.json describes what is expected.',
      details: { errors: error.validation.map((item) => describe(item, error.validationContext)) },
    });
  if (error.code === 'FST_ERR_HANDLER_TIMEOUT') {
    return fail('request_timeout', 'The answer took too long and was given up.');
  }
  return error.statusCode === undefined ? undefined : refusals[error.statusCode]?.(error);
}

const refusals: Partial<Record<number, (error: Partial<FastifyError>) => AppError>> = {
  400: (error) => fail('request_malformed', messageOf400(error)),
  413: () => fail('request_too_large', 'The body is larger than 1 MB.'),
  414: () => fail('route_absent', 'A part of the path is too long.'),
  415: () =>
    fail('content_type_unsupported', 'The body must be JSON.', {
      hint: 'Send it with the header content-type: application/json.',
    }),
};

function messageOf400({ code = '', message = '' }: Partial<FastifyError>): string {
  return messages[code] ?? message;
}

const messages: Partial<Record<string, string>> = {
  FST_ERR_CTP_EMPTY_JSON_BODY: 'The body is empty although its content type says JSON.',
  FST_ERR_CTP_INVALID_JSON_BODY: 'The body is not valid JSON.',
  FST_ERR_BAD_URL: 'The path is not a valid URL.',
};

type Mistake = NonNullable<ProblemDocument['errors']>[number];

/** An issue of zod, as the type provider hands it over. */
function describe(
  { instancePath, message = 'invalid', params }: FastifySchemaValidationError,
  part = 'body',
): Mistake {
  const path = [part, ...instancePath.split('/').filter(Boolean)].join('.');
  const { expected, values, keys } = params as { [name: string]: unknown };
  if (Array.isArray(keys)) return { path, message: `unknown: ${keys.join(', ')}` };
  if (Array.isArray(values)) return { path, message, expected: `one of ${values.join(', ')}` };
  return { path, message, ...(typeof expected === 'string' && { expected }) };
}
