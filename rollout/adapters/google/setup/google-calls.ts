import { setTimeout as wait } from 'node:timers/promises';
import { fail } from '../../../engine/error-codes.ts';

/** A request to one of Google's APIs, such as `{ api: 'iam', path: '/v1/projects/p/serviceAccounts' }`. */
export interface GoogleRequest {
  readonly api: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH';
  readonly path: string;
  /** Of what was read: refused (412) when it is another by now. */
  readonly etag?: string;
  readonly body?: object;
}

export interface GoogleAnswer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

const TIMEOUT_MS = 30_000;
const OPERATION_MS = 180_000;
const LOOK_MS = 500;
/** Of an API that local-cloud does not serve. */
const NO_SUCH_API = /^no method of the APIs served here/;

/**
 * Google's APIs over REST, for those of which no client is needed otherwise. `endpoint`: of
 * local-cloud, asked without credentials; null: Google itself.
 */
export class GoogleCalls {
  readonly #endpoint: string | null;

  constructor(endpoint: string | null) {
    this.#endpoint = endpoint;
  }

  /**
   * The answer, whatever its status. Null: local-cloud has no such API.
   * @throws platform_denied, platform_unreachable
   */
  async ask(request: GoogleRequest): Promise<GoogleAnswer | null> {
    const answer = await this.#send(request);
    const { message } = (answer.body['error'] ?? {}) as { readonly message?: string };
    const isForeign = answer.status === 501 || NO_SUCH_API.test(message ?? '');
    if (this.#endpoint !== null && isForeign) return null;
    if (answer.status === 401 || answer.status === 403)
      throw fail('platform_denied', `${request.api}: ${message ?? answer.status}`, {
        hint: 'Setup needs roles/owner, or roles/editor with roles/resourcemanager.projectIamAdmin.',
      });
    if (answer.status >= 500 || answer.status === 429)
      throw fail('platform_unreachable', `${request.api}: ${message ?? answer.status}`, {
        hint: 'Run it again: it goes on where it stopped.',
      });
    return answer;
  }

  /** Waits for the end of a long-running operation. @throws operation_failed, operation_overdue */
  async finish(api: string, { body }: GoogleAnswer): Promise<void> {
    let operation = body as { name?: string; done?: boolean; error?: { message: string } };
    const giveUpAtMs = performance.now() + OPERATION_MS;
    while (operation.name?.includes('operations/') && !operation.done) {
      if (performance.now() > giveUpAtMs)
        throw fail('operation_overdue', `${operation.name} has not ended`, {
          hint: 'Run it again: it goes on where it stopped.',
        });
      await wait(LOOK_MS);
      const request = { api, method: 'GET', path: `/v1/${operation.name}` } as const;
      operation = (await this.ask(request))?.body ?? {};
    }
    if (operation.error) throw fail('operation_failed', `${api}: ${operation.error.message}`);
  }

  async #send({ api, method, path, etag, body }: GoogleRequest): Promise<GoogleAnswer> {
    const url = `${this.#endpoint ?? `https://${api}.googleapis.com`}${path}`;
    const headers = this.#endpoint === null ? await authorization(url) : new Headers();
    if (etag !== undefined) headers.set('if-match', etag);
    if (body) headers.set('content-type', 'application/json');
    try {
      const signal = AbortSignal.timeout(TIMEOUT_MS);
      const sent = { method, headers, signal, ...(body && { body: JSON.stringify(body) }) };
      const response = await fetch(url, sent);
      const read = (await response.json().catch(() => ({}))) as GoogleAnswer['body'];
      return { status: response.status, body: read };
    } catch (cause) {
      throw fail('platform_unreachable', `${api} does not answer`, {
        hint: 'Is the network there? Run it again: it goes on where it stopped.',
        cause,
      });
    }
  }
}

async function authorization(url: string): Promise<Headers> {
  const { GoogleAuth } = await import('google-auth-library');
  const auth = new GoogleAuth({ scopes: 'https://www.googleapis.com/auth/cloud-platform' });
  try {
    return await auth.getRequestHeaders(url);
  } catch (cause) {
    throw fail('platform_denied', 'There are no credentials for Google Cloud', {
      hint: 'Run `gcloud auth application-default login`.',
      cause,
    });
  }
}
