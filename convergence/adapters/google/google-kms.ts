import type { KeyManagementServiceClient, protos } from '@google-cloud/kms';
import type { AppError } from 'base/error.ts';
import { fail } from '../../engine/error-codes.ts';
import { crc32c } from '../../engine/tenant/kms/crc32c.ts';
import type { Kms, MasterKeyVersion, WrappedKey } from '../../engine/tenant/kms/kms.ts';
import { callOptions } from './call-options.ts';
import { openKeyClient } from './google-key-client.ts';
import type { GrpcOptions } from './google-key-client.ts';
import { atOpening, inUse, refused } from './translate-kms-error.ts';

type Version = protos.google.cloud.kms.v1.ICryptoKeyVersion;
type Checksum = { readonly value?: unknown } | null | undefined;

/**
 * A crypto key of Google Cloud KMS (https://cloud.google.com/kms/docs/reference/rpc). Checksums go
 * with all that is sent, and are held against all that comes back.
 */
export class GoogleKms implements Kms {
  readonly #keyName: string;
  readonly #client: KeyManagementServiceClient;

  private constructor(keyName: string, client: KeyManagementServiceClient) {
    this.#keyName = keyName;
    this.#client = client;
  }

  /**
   * `keyName` is `projects/…/locations/…/keyRings/…/cryptoKeys/…`.
   * @throws kms_invalid when there is no such key, or none that may be used; kms_unavailable
   */
  static async open(keyName: string, options: GrpcOptions): Promise<GoogleKms> {
    const kms = new GoogleKms(keyName, await openKeyClient(options));
    try {
      await kms.#readVersions();
      return kms;
    } catch (error) {
      await kms.close();
      throw atOpening(keyName, error);
    }
  }

  async encrypt(dataKey: Uint8Array, context: string): Promise<WrappedKey> {
    const plaintext = Buffer.from(dataKey);
    const aad = Buffer.from(context, 'utf8');
    const request = {
      name: this.#keyName,
      plaintext,
      plaintextCrc32c: { value: crc32c(plaintext) },
      additionalAuthenticatedData: aad,
      additionalAuthenticatedDataCrc32c: { value: crc32c(aad) },
    };
    try {
      const [answer] = await this.#client.encrypt(request, callOptions());
      const { name, ciphertext, ciphertextCrc32c } = answer;
      const hasArrived =
        answer.verifiedPlaintextCrc32c && answer.verifiedAdditionalAuthenticatedDataCrc32c;
      const bytes = verified(ciphertext, ciphertextCrc32c);
      if (!hasArrived || !bytes || !name?.startsWith(`${this.#keyName}/`)) throw damaged();
      return { version: name, ciphertext: bytes, crc32c: crc32c(bytes) };
    } catch (error) {
      throw inUse(error);
    }
  }

  async decrypt(wrapped: WrappedKey, context: string): Promise<Uint8Array> {
    this.#requireOurs(wrapped, context);
    const ciphertext = Buffer.from(wrapped.ciphertext);
    const aad = Buffer.from(context, 'utf8');
    const request = {
      name: this.#keyName,
      ciphertext,
      ciphertextCrc32c: { value: wrapped.crc32c },
      additionalAuthenticatedData: aad,
      additionalAuthenticatedDataCrc32c: { value: crc32c(aad) },
    };
    try {
      const [answer] = await this.#client.decrypt(request, callOptions());
      const bytes = verified(answer.plaintext, answer.plaintextCrc32c);
      if (!bytes) throw damaged();
      return bytes;
    } catch (error) {
      throw refused(context, error) ?? inUse(error);
    }
  }

  async listVersions(): Promise<readonly MasterKeyVersion[]> {
    try {
      return await this.#readVersions();
    } catch (error) {
      throw inUse(error);
    }
  }

  async close(): Promise<void> {
    await this.#client.close();
  }

  async #readVersions(): Promise<readonly MasterKeyVersion[]> {
    const name = this.#keyName;
    const [[key], [versions]] = await Promise.all([
      this.#client.getCryptoKey({ name }, callOptions()),
      this.#client.listCryptoKeyVersions({ parent: name }, callOptions()),
    ]);
    const primary = key.primary?.name;
    const enabled = versions.filter(({ state }) => state === 'ENABLED');
    if (!enabled.some((version) => version.name === primary))
      throw fail('kms_invalid', `${name} has no primary version that is enabled.`, {
        hint: 'Enable one, or make one with `convergence setup-kms --rotate`.',
      });
    // A version that somebody made and did not make primary is younger, and encrypts nothing.
    const order = (version: Version): number =>
      version.name === primary ? Infinity : Number(version.name?.split('/').at(-1));
    return enabled.toSorted((a, b) => order(a) - order(b)).map(describe);
  }

  /** Damage and foreign keys are found without asking. */
  #requireOurs({ version, ciphertext, crc32c: expected }: WrappedKey, context: string): void {
    if (ciphertext.length === 0 || crc32c(ciphertext) !== expected)
      throw fail('kms_refused', `The data key of ${context} is damaged.`);
    const prefix = `${this.#keyName}/cryptoKeyVersions/`;
    if (version.startsWith(prefix) && /^\d+$/.test(version.slice(prefix.length))) return;
    throw fail(
      'kms_refused',
      `${context} is under the master key ${version}, which is not there.`,
      {
        hint: 'Set GCP_KMS_KEY_NAME or KMS_KEY_FILE to where that key is.',
      },
    );
  }
}

function describe({ name, createTime }: Version): MasterKeyVersion {
  const ms = Number(createTime?.seconds) * 1000 + Math.floor((createTime?.nanos ?? 0) / 1e6);
  return { version: name ?? '', createdAt: new Date(ms) };
}

/** Null when it has another checksum than it was sent with. */
function verified(content: unknown, checksum: Checksum): Uint8Array | null {
  if (!(content instanceof Uint8Array)) return null;
  return String(checksum?.value) === String(crc32c(content)) ? content : null;
}

function damaged(): AppError {
  return fail('kms_unavailable', 'What went to Google Cloud KMS or came back was damaged.', {
    hint: 'Try again.',
  });
}
