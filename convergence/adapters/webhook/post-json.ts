import type { Dispatcher } from 'undici';
import { AppError } from 'base/error.ts';
import { fail } from '../../engine/error-codes.ts';

export interface Post {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Read so that the connection can be used again, and thrown away. */
const MAX_ANSWER_BYTES = 64_000;

/**
 * One POST, without following redirects: resolves when the answer is a 2xx.
 * @throws delivery_failed, sink_address_forbidden, the reason of the signal
 */
export async function postJson(
  agent: Dispatcher,
  { url, headers, body }: Post,
  signal: AbortSignal,
): Promise<void> {
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
    throw fail('delivery_failed', 'the address is no http(s) URL');
  }
  const { origin, pathname, search, username } = new URL(url);
  if (username !== '') throw fail('delivery_failed', 'a URL may not hold a user or a password');
  const { statusCode, headers: answered } = await dispatch(agent, {
    origin,
    path: pathname + search,
    method: 'POST',
    headers: { 'user-agent': 'convergence', ...headers },
    body,
    signal,
  });
  if (statusCode >= 200 && statusCode < 300) return;
  const retryAfterMs = retryAfter(answered['retry-after']);
  throw fail('delivery_failed', `${origin} answers ${statusCode}`, {
    ...(retryAfterMs !== undefined && { details: { retryAfterMs } }),
  });
}

async function dispatch(
  agent: Dispatcher,
  request: Dispatcher.RequestOptions & { origin: string; signal: AbortSignal },
) {
  const { origin, signal } = request;
  try {
    const response = await agent.request(request);
    await response.body.dump({ limit: MAX_ANSWER_BYTES, signal });
    return response;
  } catch (error) {
    if (error instanceof AppError) throw error;
    const reason = signal.aborted ? 'no answer in time' : reasonOf(error);
    throw fail('delivery_failed', `${origin} cannot be reached: ${reason}`, { cause: error });
  }
}

function reasonOf(error: unknown): string {
  const { code, name } = error as { code?: unknown; name: string };
  return typeof code === 'string' ? code : name;
}

/** Seconds or a date (RFC 9110, 10.2.3). */
function retryAfter(value: string | string[] | undefined): number | undefined {
  if (typeof value !== 'string') return undefined;
  if (/^\d{1,9}$/.test(value)) return Number(value) * 1_000;
  const atMs = Date.parse(value);
  return Number.isNaN(atMs) ? undefined : Math.max(0, atMs - Date.now());
}
