import type { Clock } from 'base/clock.ts';
import { fail } from '../../engine/error-codes.ts';
import type { Auth } from '../../engine/pipeline/spec/rest-client-spec.ts';

export type OAuth = Extract<Auth, { type: 'oauth2_client_credentials' }>;

/** Sends the form to the token URL and answers with the text of a 2xx response. */
export type PostForm = (url: string, form: string, signal: AbortSignal) => Promise<string>;

/** Tokens end this much earlier for us, so that none ends on its way. */
const MARGIN_MS = 60_000;

/**
 * The token of a client (RFC 6749, 4.4), fetched once for all requests and again before it ends.
 * The parameters go in the form, as dlt sends them.
 */
export class TokenCache {
  readonly #auth: OAuth;
  readonly #postForm: PostForm;
  readonly #clock: Clock;
  #token: { readonly value: string; readonly goodUntilMs: number } | null = null;
  #fetching: Promise<string> | null = null;

  constructor(auth: OAuth, postForm: PostForm, clock: Clock) {
    this.#auth = auth;
    this.#postForm = postForm;
    this.#clock = clock;
  }

  /** @throws source_auth_failed, and what the request throws */
  async token(signal: AbortSignal): Promise<string> {
    if (this.#token && this.#clock.now().getTime() < this.#token.goodUntilMs) {
      return this.#token.value;
    }
    this.#fetching ??= this.#fetch(signal).finally(() => {
      this.#fetching = null;
    });
    return this.#fetching;
  }

  /** The source rejected this token: the next one is fetched. */
  forget(token: string): void {
    if (this.#token?.value === token) this.#token = null;
  }

  async #fetch(signal: AbortSignal): Promise<string> {
    const auth = this.#auth;
    const form = new URLSearchParams({
      ...auth.access_token_request_data,
      grant_type: 'client_credentials',
      client_id: auth.client_id,
      client_secret: auth.client_secret,
    });
    const answer = parseToken(await this.#postForm(auth.access_token_url, form.toString(), signal));
    const lifeMs = (answer.lifeSeconds ?? auth.default_token_expiration) * 1000;
    const goodUntilMs = this.#clock.now().getTime() + lifeMs - Math.min(MARGIN_MS, lifeMs / 2);
    this.#token = { value: answer.token, goodUntilMs };
    return answer.token;
  }
}

function parseToken(text: string): { token: string; lifeSeconds: number | null } {
  const { access_token: token, expires_in: life } = parseObject(text);
  if (typeof token !== 'string' || token === '') {
    throw fail('source_auth_failed', 'The token URL answers without an access_token', {
      hint: "Check 'access_token_url' and 'access_token_request_data'.",
    });
  }
  const seconds = Number(life);
  return { token, lifeSeconds: typeof life !== 'object' && seconds > 0 ? seconds : null };
}

function parseObject(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}
