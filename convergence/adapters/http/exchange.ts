import type { Agent, Dispatcher } from 'undici';
import { fail } from '../../engine/error-codes.ts';
import type { RequestPlan } from '../../engine/flow/extract/build-request.ts';
import type { ResponseHeaders } from '../../engine/flow/extract/read-response.ts';
import type { Credential } from './credentials.ts';
import { ACCEPT_ENCODING } from './receive-body.ts';

export interface Exchange {
  readonly status: number;
  readonly headers: ResponseHeaders;
  readonly body: Dispatcher.ResponseData['body'];
}

export interface ExchangeOptions {
  readonly agent: Agent;
  readonly credential: Credential;
  /** Whether the credential, and headers that may hold one, may go to this URL. */
  readonly mayCarry: (url: string) => boolean;
  /** Longest silence before and within the response. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

const MAX_REDIRECTS = 5;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);
const PLAIN_HEADERS = new Set(['accept', 'content-type', 'user-agent']);

/** One request and its redirects (RFC 9110, 15.4). @throws source_refused, undici's errors */
export async function exchange(plan: RequestPlan, options: ExchangeOptions): Promise<Exchange> {
  let current = plan;
  for (let hop = 0; hop <= MAX_REDIRECTS; hop++) {
    const answer = await dispatch(current, options);
    const { location } = answer.headers;
    if (!REDIRECTS.has(answer.status) || location === undefined) return answer;
    await answer.body.dump();
    current = redirected(current, answer.status, location);
  }
  throw fail('source_refused', `The source redirects more than ${MAX_REDIRECTS} times`, {
    hint: "Make the last place the 'base_url'.",
  });
}

function redirected(plan: RequestPlan, status: number, location: string): RequestPlan {
  const url = URL.canParse(location, plan.url) ? new URL(location, plan.url) : null;
  if (!url || !/^https?:$/.test(url.protocol)) {
    throw fail('source_refused', `The source redirects to '${location.slice(0, 200)}'`);
  }
  const keepsMethod = status === 307 || status === 308 || plan.method === 'GET';
  const request = keepsMethod ? plan : { ...plan, method: 'GET', body: null };
  return { ...request, url: url.href };
}

async function dispatch(plan: RequestPlan, options: ExchangeOptions): Promise<Exchange> {
  const trusted = options.mayCarry(plan.url);
  const url = new URL(plan.url);
  if (trusted) {
    for (const [name, value] of Object.entries(options.credential.query)) {
      url.searchParams.set(name, value);
    }
  }
  const response = await options.agent.request({
    origin: url.origin,
    path: url.pathname + url.search,
    method: plan.method,
    headers: headersOf(plan, trusted ? options.credential : null),
    body: plan.body,
    headersTimeout: options.timeoutMs,
    bodyTimeout: options.timeoutMs,
    signal: options.signal,
  });
  return {
    status: response.statusCode,
    headers: flatten(response.headers),
    body: response.body,
  };
}

function headersOf(plan: RequestPlan, credential: Credential | null): Record<string, string> {
  const own = Object.entries(plan.headers).filter(
    ([name]) => credential !== null || PLAIN_HEADERS.has(name),
  );
  return {
    'user-agent': 'convergence',
    ...(plan.body === null ? {} : { 'content-type': 'application/json' }),
    ...Object.fromEntries(own),
    ...credential?.headers,
    'accept-encoding': ACCEPT_ENCODING,
  };
}

/** Repeated fields are one list (RFC 9110, 5.2). */
function flatten(headers: Dispatcher.ResponseData['headers']): ResponseHeaders {
  const entries = Object.entries(headers).map(([name, value]) => [
    name.toLowerCase(),
    Array.isArray(value) ? value.join(', ') : (value ?? ''),
  ]);
  return Object.fromEntries(entries) as ResponseHeaders;
}
