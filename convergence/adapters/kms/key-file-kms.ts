import { randomBytes } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { fail } from '../../engine/error-codes.ts';
import { crc32c } from '../../engine/tenant/kms/crc32c.ts';
import { decryptBytes, encryptBytes } from '../../engine/tenant/kms/envelope.ts';
import type { Kms, MasterKeyVersion, WrappedKey } from '../../engine/tenant/kms/kms.ts';
import { readKeyFile } from './key-file.ts';
import type { MasterKey } from './key-file.ts';

const NONCE_BYTES = 12;

/** Whether a master key of this name is one of a file. */
export function isFileVersion(version: string): boolean {
  return version.startsWith('local/');
}

/** Master keys in a file, which is read again whenever it has changed. */
export class KeyFileKms implements Kms {
  readonly #path: string;
  #keys: readonly MasterKey[] = [];
  /** Of the file that `#keys` are from. */
  #stamp = '';

  private constructor(path: string) {
    this.#path = path;
  }

  /** @throws kms_invalid */
  static async open(path: string): Promise<KeyFileKms> {
    const kms = new KeyFileKms(path);
    kms.#stamp = await stampOf(path).catch(() => '');
    kms.#keys = await readKeyFile(path);
    return kms;
  }

  async encrypt(dataKey: Uint8Array, context: string): Promise<WrappedKey> {
    const { key, version } = (await this.#read()).at(-1) ?? noKey();
    const ciphertext = encryptBytes({ key, nonce: randomBytes(NONCE_BYTES), context }, dataKey);
    return { version, ciphertext, crc32c: crc32c(ciphertext) };
  }

  async decrypt(wrapped: WrappedKey, context: string): Promise<Uint8Array> {
    const { version, ciphertext } = wrapped;
    if (crc32c(ciphertext) !== wrapped.crc32c) {
      throw fail('kms_refused', `The data key of ${context} is damaged.`);
    }
    const find = (keys: readonly MasterKey[]) => keys.find((known) => known.version === version);
    const master = find(this.#keys) ?? find(await this.#read());
    if (!master) {
      throw fail(
        'kms_refused',
        `${context} is under the master key ${version}, which is not there.`,
        {
          hint: 'Put back the file of master keys that has it.',
        },
      );
    }
    try {
      return decryptBytes({ key: master.key, context }, ciphertext);
    } catch (cause) {
      throw fail('kms_refused', `The data key of ${context} belongs to something else.`, { cause });
    }
  }

  async listVersions(): Promise<readonly MasterKeyVersion[]> {
    return (await this.#read()).map(({ version, createdAt }) => ({ version, createdAt }));
  }

  /** Callers are tenants too, who learn nothing of the file. @throws kms_unavailable */
  async #read(): Promise<readonly MasterKey[]> {
    try {
      const stamp = await stampOf(this.#path);
      if (stamp === this.#stamp) return this.#keys;
      this.#keys = await readKeyFile(this.#path);
      this.#stamp = stamp;
      return this.#keys;
    } catch (cause) {
      throw fail('kms_unavailable', 'The master keys cannot be read at the moment.', {
        hint: 'The operator finds the reason with `convergence doctor`.',
        cause,
      });
    }
  }
}

async function stampOf(path: string): Promise<string> {
  const { ino, size, mtimeNs } = await stat(path, { bigint: true });
  return `${ino} ${size} ${mtimeNs}`;
}

function noKey(): never {
  throw fail('internal', 'a file of master keys was accepted without a key');
}
