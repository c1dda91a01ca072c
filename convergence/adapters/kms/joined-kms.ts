import type { Kms, MasterKeyVersion, WrappedKey } from '../../engine/tenant/kms/kms.ts';

/**
 * A KMS that takes the place of an older one: encrypts with the new one, and decrypts with either
 * what is under it. Once everything is rewrapped the older one can be taken away.
 */
export class JoinedKms implements Kms {
  readonly #older: Kms;
  readonly #newer: Kms;
  readonly #isOlder: (version: string) => boolean;

  constructor(older: Kms, newer: Kms, isOlder: (version: string) => boolean) {
    this.#older = older;
    this.#newer = newer;
    this.#isOlder = isOlder;
  }

  async encrypt(dataKey: Uint8Array, context: string): Promise<WrappedKey> {
    return await this.#newer.encrypt(dataKey, context);
  }

  async decrypt(wrapped: WrappedKey, context: string): Promise<Uint8Array> {
    const kms = this.#isOlder(wrapped.version) ? this.#older : this.#newer;
    return await kms.decrypt(wrapped, context);
  }

  async listVersions(): Promise<readonly MasterKeyVersion[]> {
    const lists = await Promise.all([this.#older.listVersions(), this.#newer.listVersions()]);
    return lists.flat();
  }
}
