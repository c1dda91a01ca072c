import type { SecretManagerServiceClient } from '@google-cloud/secret-manager';
import type { Clock } from 'base/clock.ts';
import { fail } from '../../engine/error-codes.ts';
import { crc32c } from '../../engine/tenant/kms/crc32c.ts';
import type { SecretStore } from '../../engine/tenant/secret-store.ts';
import { otherOwners, sharedSecretId } from '../../engine/tenant/secret/secret-id.ts';
import type { TenantScope } from '../../engine/tenant/tenant-scope.ts';
import { callOptions } from './call-options.ts';
import { ExpiringCache } from './expiring-cache.ts';
import { translateSecretError } from './translate-secret-error.ts';

export interface GoogleSecretsDeps {
  readonly projectId: string;
  /** Asked at the first use: it loads the client. */
  readonly openClient: () => Promise<SecretManagerServiceClient>;
  readonly clock: Pick<Clock, 'now'>;
  readonly isTenant: (tenantId: string) => Promise<boolean>;
}

/** How long a value is used before it is asked for again, and how long a list of names. */
const VALUE_TTL_MS = 300_000;
const NAMES_TTL_MS = 30_000;
const OWNER_LABEL = 'tenant';

/**
 * Secrets of Google Secret Manager under `<tenant>_<name>`, always the latest version
 * (https://cloud.google.com/secret-manager/docs/reference/rpc). A secret with the label `tenant`
 * belongs to that tenant alone; one without it to nobody while its id could be another tenant's.
 */
export class GoogleSecrets implements SecretStore {
  readonly #deps: GoogleSecretsDeps;
  readonly #values: ExpiringCache<string>;
  readonly #names: ExpiringCache<readonly string[]>;
  #client: Promise<SecretManagerServiceClient> | undefined;

  constructor(deps: GoogleSecretsDeps) {
    this.#deps = deps;
    this.#values = new ExpiringCache(VALUE_TTL_MS, deps.clock);
    this.#names = new ExpiringCache(NAMES_TTL_MS, deps.clock);
  }

  async readSecret(scope: TenantScope, name: string): Promise<string> {
    const id = sharedSecretId(scope.tenantId, name);
    if (id === null || !(await this.listSecrets(scope)).includes(name)) throw absent(name);
    return await this.#values.get(id, () => this.#access(id, name));
  }

  async listSecrets({ tenantId }: TenantScope): Promise<string[]> {
    const names = await this.#names.get(tenantId, () => this.#list(tenantId));
    return [...names];
  }

  async close(): Promise<void> {
    await (await this.#client)?.close();
  }

  async #access(id: string, name: string): Promise<string> {
    try {
      const version = `projects/${this.#deps.projectId}/secrets/${id}/versions/latest`;
      const client = await this.#open();
      const [{ payload }] = await client.accessSecretVersion({ name: version }, callOptions());
      return readText(payload, name);
    } catch (error) {
      throw translateSecretError(name, error);
    }
  }

  async #list(tenantId: string): Promise<readonly string[]> {
    const prefix = `${tenantId}_`;
    try {
      const client = await this.#open();
      const parent = `projects/${this.#deps.projectId}`;
      const [secrets] = await client.listSecrets(
        { parent, filter: `name:${prefix}` },
        callOptions(),
      );
      const own = await Promise.all(
        secrets.map(async ({ name, labels }) => {
          const id = name?.split('/').at(-1) ?? '';
          const isOwn = id.startsWith(prefix) && (await this.#isOwn(id, tenantId, labels ?? {}));
          return isOwn ? id.slice(prefix.length) : '';
        }),
      );
      return own.filter((name) => name !== '').toSorted();
    } catch (error) {
      throw translateSecretError(`${prefix}*`, error);
    }
  }

  async #isOwn(id: string, tenantId: string, labels: Labels): Promise<boolean> {
    const owner = labels[OWNER_LABEL];
    if (owner !== undefined) return owner === tenantId;
    const others = await Promise.all(otherOwners(id, tenantId).map(this.#deps.isTenant));
    return !others.includes(true);
  }

  #open(): Promise<SecretManagerServiceClient> {
    this.#client ??= this.#deps.openClient().catch((error: unknown) => {
      this.#client = undefined;
      throw error;
    });
    return this.#client;
  }
}

type Labels = Readonly<Record<string, string>>;

interface Payload {
  readonly data?: unknown;
  readonly dataCrc32c?: unknown;
}

/** Without its last line break, as a file's. */
function readText(payload: Payload | null | undefined, name: string): string {
  const { data, dataCrc32c } = payload ?? {};
  if (data instanceof Uint8Array && String(dataCrc32c) === String(crc32c(data)))
    return Buffer.from(data)
      .toString('utf8')
      .replace(/\r?\n$/, '');
  throw fail('secrets_unavailable', `secret '${name}' came damaged from Google Secret Manager`, {
    hint: 'Try again.',
  });
}

function absent(name: string): Error {
  return fail('secret_absent', `there is no secret '${name.slice(0, 200)}'`, {
    hint: 'Put its value into a file of that name in secrets/, with mode 600, or into Google Secret Manager.',
  });
}
