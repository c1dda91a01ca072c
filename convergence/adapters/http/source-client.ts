import type { Clock } from 'base/clock.ts';
import { parseDuration } from 'base/duration.ts';
import type { AppError } from 'base/error.ts';
import { retry } from 'base/retry.ts';
import type { RetryPolicy } from 'base/retry.ts';
import type { Agent } from 'undici';
import { fail } from '../../engine/error-codes.ts';
import type { RequestPlan } from '../../engine/flow/extract/build-request.ts';
import { mayCarryCredentials } from '../../engine/flow/extract/build-request.ts';
import { judgeResponse } from '../../engine/flow/extract/read-response.ts';
import { retryAfterMs } from '../../engine/flow/extract/read-response.ts';
import type { ResponseHeaders } from '../../engine/flow/extract/read-response.ts';
import type { RestClient } from '../../engine/pipeline/spec/rest-client-spec.ts';
import type { ResponseAction } from '../../engine/pipeline/spec/rest-source-spec.ts';
import { bearer, createMask, credentialOf, maskUrl } from './credentials.ts';
import type { Credential } from './credentials.ts';
import { exchange } from './exchange.ts';
import type { Exchange } from './exchange.ts';
import { readStart, receiveBody } from './receive-body.ts';
import type { ReceivedBody } from './receive-body.ts';
import type { RequestBudget } from './request-budget.ts';
import { translateNetworkError } from './network-error.ts';
import { TokenCache } from './token-cache.ts';

export interface SourceResponse {
  /** What people may see of it: method, URL, status. */
  readonly label: string;
  readonly headers: ResponseHeaders;
  /** Null when the source has nothing to say (204), or an action ignores what it says. */
  readonly body: ReceivedBody | null;
  readonly ignored: boolean;
}

export interface SendOptions {
  /** Where the body is written. */
  readonly path: string;
  readonly actions: readonly ResponseAction[];
  readonly signal: AbortSignal;
}

export interface SourceClientDeps {
  readonly agent: Agent;
  readonly budget: RequestBudget;
  readonly clock: Clock;
  readonly random: () => number;
  readonly onNotice?: ((message: string) => void) | undefined;
}

const DEFAULT_RETRY: RetryPolicy = { maxAttempts: 6, firstDelayMs: 1000, maxDelayMs: 60_000 };
/** How much of a body is searched by the `content` of an action, and read from an error. */
const START_BYTES = 1_000_000;

/** Sends the requests of one source with its credential, budget, retries and limits. */
export class SourceClient {
  readonly mask: (text: string) => string;
  readonly #client: RestClient;
  readonly #deps: SourceClientDeps;
  readonly #policy: RetryPolicy;
  readonly #timeoutMs: number;
  readonly #limitBytes: number;
  readonly #tokens: TokenCache | null;

  constructor(client: RestClient, deps: SourceClientDeps) {
    this.#client = client;
    this.#deps = deps;
    this.mask = createMask(client);
    this.#policy = policyOf(client);
    this.#timeoutMs = parseDuration(client.timeout);
    this.#limitBytes = sizeBytesOf(client.max_page_size);
    deps.budget.setLimits(limitsOf(client));
    this.#tokens =
      client.auth?.type === 'oauth2_client_credentials'
        ? new TokenCache(client.auth, (...args) => this.#postForm(...args), deps.clock)
        : null;
  }

  /**
   * One response, its body on disk.
   * @throws source_*, disk_full, the signal's reason
   */
  async send(plan: RequestPlan, options: SendOptions): Promise<SourceResponse> {
    const { budget, clock, random, onNotice } = this.#deps;
    const { signal } = options;
    const label = `${plan.method} ${maskUrl(plan.url, this.mask)}`;
    const attempt = () => budget.spend(signal, () => this.#attempt(plan, label, options));
    return retry(attempt, this.#policy, {
      clock,
      random,
      signal,
      onRetry: ({ delayMs, error }) =>
        onNotice?.(`${this.mask(error.message)}; asked again in ${(delayMs / 1000).toFixed(1)} s`),
    });
  }

  async #attempt(plan: RequestPlan, label: string, options: SendOptions): Promise<SourceResponse> {
    try {
      const answer = await this.#authenticated(plan, options.signal);
      return await this.#judge(answer, `${label} (${answer.status})`, options);
    } catch (error) {
      options.signal.throwIfAborted();
      throw translateNetworkError(error, label);
    }
  }

  /** A token may have been revoked before its time: one 401 is answered with a new one. */
  async #authenticated(plan: RequestPlan, signal: AbortSignal): Promise<Exchange> {
    if (!this.#tokens) return this.#exchange(plan, this.#fixedCredential(), signal);
    const token = await this.#tokens.token(signal);
    const answer = await this.#exchange(plan, bearer(token), signal);
    if (answer.status !== 401) return answer;
    await answer.body.dump();
    this.#tokens.forget(token);
    return this.#exchange(plan, bearer(await this.#tokens.token(signal)), signal);
  }

  #fixedCredential(): Credential {
    const { auth } = this.#client;
    return auth?.type === 'oauth2_client_credentials'
      ? { headers: {}, query: {} }
      : credentialOf(auth);
  }

  #exchange(plan: RequestPlan, credential: Credential, signal: AbortSignal): Promise<Exchange> {
    return exchange(plan, {
      agent: this.#deps.agent,
      credential,
      mayCarry: (url) => mayCarryCredentials(url, this.#client.base_url),
      timeoutMs: this.#timeoutMs,
      signal,
    });
  }

  async #judge(answer: Exchange, label: string, options: SendOptions): Promise<SourceResponse> {
    const { status, headers } = answer;
    const good = status >= 200 && status < 300;
    const body = await receiveBody(answer.body, headers, {
      path: options.path,
      limitBytes: good ? this.#limitBytes : START_BYTES,
      signal: options.signal,
    });
    const needsText = !good || options.actions.some(({ content }) => content !== undefined);
    const text = needsText ? await readStart(body.path, START_BYTES) : '';
    const verdict = judgeResponse(status, text, options.actions);
    const ignored = verdict === 'ignore';
    if (verdict === 'accept' || ignored) {
      const empty = ignored || status === 204 || status === 205;
      return { label, headers, body: empty ? null : body, ignored };
    }
    throw this.#refusal(verdict, { status, headers, label, text });
  }

  #refusal(
    verdict: 'retry' | 'authenticate' | 'refuse' | 'raise',
    found: { status: number; headers: ResponseHeaders; label: string; text: string },
  ): AppError {
    const { status, headers, label } = found;
    const waitMs = retryAfterMs(headers, this.#deps.clock.now());
    const excerpt = this.mask(found.text).replaceAll(/\s+/g, ' ').trim().slice(0, 200);
    const message = `${label} is refused${excerpt === '' ? '' : `: ${excerpt}`}`;
    const details = { status, ...(waitMs === null ? {} : { retryAfterMs: waitMs }) };
    // Some say 403 when they mean 429: docs.github.com/rest, "Rate limits for the REST API".
    if (verdict === 'retry' || (verdict === 'authenticate' && waitMs !== null)) {
      if (waitMs !== null) this.#deps.budget.pause(waitMs);
      return fail('source_busy', message, { details, hint: 'Lower the rate_limit, or wait.' });
    }
    if (verdict === 'authenticate') {
      return fail('source_auth_failed', message, {
        details,
        hint: "Check the secret that 'auth' names, and what it may read.",
      });
    }
    return fail('source_refused', message, {
      details,
      hint: 'Check path and parameters; response_actions can ignore or retry such an answer.',
    });
  }

  async #postForm(url: string, form: string, signal: AbortSignal): Promise<string> {
    const plan: RequestPlan = {
      method: 'POST',
      url,
      headers: { accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded' },
      body: form,
    };
    const answer = await exchange(plan, {
      agent: this.#deps.agent,
      credential: { headers: {}, query: {} },
      mayCarry: (to) => new URL(to).origin === new URL(url).origin,
      timeoutMs: this.#timeoutMs,
      signal,
    });
    const text = await answer.body.text();
    if (answer.status >= 200 && answer.status < 300) return text;
    const verdict = answer.status >= 500 || answer.status === 429 ? 'retry' : 'authenticate';
    const label = `POST ${maskUrl(url, this.mask)} (${answer.status})`;
    throw this.#refusal(verdict, { status: answer.status, headers: answer.headers, label, text });
  }
}

function policyOf(client: RestClient): RetryPolicy {
  if (!client.retry) return DEFAULT_RETRY;
  return {
    maxAttempts: client.retry.max_attempts,
    firstDelayMs: parseDuration(client.retry.initial_delay),
    maxDelayMs: parseDuration(client.retry.max_delay),
  };
}

function limitsOf({ rate_limit: limit }: RestClient) {
  if (!limit) return undefined;
  return {
    requests: limit.requests,
    periodMs: parseDuration(limit.per),
    concurrency: limit.concurrency,
  };
}

const UNIT_BYTES = { KB: 1000, MB: 1_000_000, GB: 1_000_000_000 } as const;

function sizeBytesOf(text: string): number {
  const [, amount, unit = 'MB'] = /^(\d+)(KB|MB|GB)$/.exec(text) ?? [];
  return Number(amount) * UNIT_BYTES[unit as keyof typeof UNIT_BYTES];
}
