import type { Clock } from 'base/clock.ts';
import type { StatusCode } from '../protocol/status-error.ts';

/** What Cloud Scheduler and Cloud Tasks know of a request, in the JSON of their protos. */
export interface PushRequest {
  readonly url: string;
  readonly method: string;
  /** As their owner asked for. */
  readonly headers: Readonly<Record<string, string>>;
  /** Those of the product, which win. */
  readonly own: Readonly<Record<string, string>>;
  /** base64 */
  readonly body?: string;
  readonly oauthToken?: Readonly<Record<string, string>>;
  readonly oidcToken?: Readonly<Record<string, string>>;
}

export interface PushOutcome {
  readonly code: StatusCode | 'OK';
  readonly message: string;
  /** null: there was no answer. */
  readonly httpStatus: number | null;
}

interface Sending {
  readonly deadlineMs: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Sends one request; every outcome is an answer, nothing is thrown. */
export async function sendPush(request: PushRequest, sending: Sending): Promise<PushOutcome> {
  const answered = new AbortController();
  const late = new AbortController();
  const waiting = AbortSignal.any([answered.signal, sending.signal]);
  sending.clock.sleep(sending.deadlineMs, waiting).then(
    () => late.abort(),
    () => undefined,
  );
  try {
    const response = await fetch(request.url, {
      method: request.method,
      headers: headersOf(request),
      body: request.body === undefined ? null : Buffer.from(request.body, 'base64'),
      signal: AbortSignal.any([late.signal, sending.signal]),
    });
    await response.body?.cancel();
    return outcomeOf(response.status);
  } catch (error) {
    return { ...reasonOf(error, late.signal), httpStatus: null };
  } finally {
    answered.abort();
  }
}

function reasonOf(error: unknown, late: AbortSignal): Omit<PushOutcome, 'httpStatus'> {
  if (late.aborted) return { code: 'DEADLINE_EXCEEDED', message: 'There was no answer in time.' };
  const { cause } = error as { cause?: { code?: string } };
  return { code: 'UNAVAILABLE', message: `There was no answer: ${cause?.code ?? String(error)}` };
}

/** By HTTP status; google/rpc/code.proto gives most of them. */
const codes: Readonly<Record<number, StatusCode>> = {
  400: 'INVALID_ARGUMENT',
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  409: 'ABORTED',
  429: 'RESOURCE_EXHAUSTED',
  499: 'CANCELLED',
  500: 'INTERNAL',
  501: 'UNIMPLEMENTED',
  503: 'UNAVAILABLE',
  504: 'DEADLINE_EXCEEDED',
};

function outcomeOf(httpStatus: number): PushOutcome {
  if (httpStatus >= 200 && httpStatus < 300) return { code: 'OK', message: '', httpStatus };
  const code = codes[httpStatus] ?? (httpStatus < 500 ? 'FAILED_PRECONDITION' : 'UNKNOWN');
  return { code, message: `HTTP response code ${httpStatus}`, httpStatus };
}

/** Their values are computed here, whatever the owner asked for. */
const REPLACED = /^(host|content-length|user-agent|connection|transfer-encoding|x-google-.*)$/i;

function headersOf({ headers, own, oauthToken, oidcToken }: PushRequest): Headers {
  const sent = new Headers(Object.entries(headers).filter(([name]) => !REPLACED.test(name)));
  for (const [name, value] of Object.entries(own)) sent.set(name, value);
  const token = oauthToken ?? oidcToken;
  if (token !== undefined) {
    const kind = oauthToken === undefined ? 'oidc' : 'oauth';
    sent.set('Authorization', `Bearer ${opaqueToken(kind, token)}`);
  }
  return sent;
}

/** Says whose it is; nobody has signed it. */
function opaqueToken(kind: string, claims: Readonly<Record<string, string>>): string {
  return `local-cloud.${kind}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}`;
}
