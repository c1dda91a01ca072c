import { fail } from '../../engine/error-codes.ts';
import type { SecretReader } from '../../engine/scheduler/job.ts';

const GOOGLE = 'https://secretmanager.googleapis.com';
const TIMEOUT_MS = 20_000;

interface Answered {
  readonly status: number;
  readonly body: {
    readonly payload?: { readonly data?: string };
    readonly error?: { readonly message?: string };
  };
}

/**
 * Secret Manager over REST: one call does not need a client of its own. `endpoint`: of local-cloud,
 * asked without credentials; null: Google itself.
 */
export class SecretManagerReader implements SecretReader {
  readonly #endpoint: string | null;

  constructor({ endpoint }: { readonly endpoint: string | null }) {
    this.#endpoint = endpoint;
  }

  async readSecret(version: string): Promise<string> {
    const { status, body } = await this.#get(`/v1/${version}:access`, version);
    const { payload, error } = body;
    if (status === 200) return Buffer.from(payload?.data ?? '', 'base64').toString();
    const words = `${version}: ${error?.message ?? `Secret Manager answers ${status}`}`;
    if (status === 401 || status === 403)
      throw fail('platform_denied', words, {
        hint: 'The credentials lack secretmanager.versions.access; roles/secretmanager.secretAccessor has it.',
      });
    if (status === 400 || status === 404)
      throw fail('secret_absent', words, {
        hint: `Create it: \`gcloud secrets create ${version.split('/')[3]} --data-file=-\` reads its value from standard input.`,
      });
    throw unreachable(words);
  }

  async #get(path: string, version: string): Promise<Answered> {
    try {
      const headers = this.#endpoint === null ? await authorization() : undefined;
      const signal = AbortSignal.timeout(TIMEOUT_MS);
      const url = (this.#endpoint ?? GOOGLE) + path;
      const response = await fetch(url, { signal, ...(headers && { headers }) });
      const body = (await response.json().catch(() => ({}))) as Answered['body'];
      return { status: response.status, body };
    } catch (cause) {
      throw unreachable(`${version}: Secret Manager does not answer`, cause);
    }
  }
}

async function authorization(): Promise<Headers> {
  const { GoogleAuth } = await import('google-auth-library');
  const auth = new GoogleAuth({ scopes: 'https://www.googleapis.com/auth/cloud-platform' });
  return auth.getRequestHeaders(GOOGLE);
}

function unreachable(words: string, cause?: unknown): Error {
  return fail('platform_unreachable', words, { hint: 'Is the network there? Try again.', cause });
}
