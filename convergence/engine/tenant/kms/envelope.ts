import { createCipheriv, createDecipheriv, randomBytes as systemRandomBytes } from 'node:crypto';
import type { RandomBytes } from 'base/id.ts';
import { fail } from '../../error-codes.ts';
import type { Kms, WrappedKey } from './kms.ts';

/** A value under a data key of its own, and that key under a master key. */
export interface Sealed {
  readonly wrappedKey: WrappedKey;
  readonly ciphertext: Uint8Array;
}

export interface Seal {
  readonly kms: Kms;
  readonly randomBytes?: RandomBytes;
}

const DATA_KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** What a credential is bound to: moved to another tenant or name it cannot be opened. */
export function credentialContext(tenantId: string, name: string): string {
  return `convergence/tenant/${tenantId}/credential/${name}`;
}

export function platformContext(name: string): string {
  return `convergence/platform/${name}`;
}

/** Encrypts a value. @throws kms_unavailable */
export async function sealValue(
  value: string,
  context: string,
  { kms, randomBytes = systemRandomBytes }: Seal,
): Promise<Sealed> {
  const dataKey = Buffer.from(randomBytes(DATA_KEY_BYTES));
  try {
    const ciphertext = encryptBytes(
      { key: dataKey, nonce: randomBytes(NONCE_BYTES), context },
      Buffer.from(value, 'utf8'),
    );
    return { ciphertext, wrappedKey: await kms.encrypt(dataKey, context) };
  } finally {
    dataKey.fill(0);
  }
}

/** @throws kms_refused when it cannot be decrypted, kms_unavailable */
export async function openSealed(sealed: Sealed, context: string, kms: Kms): Promise<string> {
  const dataKey = await kms.decrypt(sealed.wrappedKey, context);
  try {
    return decryptBytes({ key: dataKey, context }, sealed.ciphertext).toString('utf8');
  } catch (cause) {
    throw fail('kms_refused', `The value of ${context} is damaged and cannot be decrypted.`, {
      hint: 'Store it again.',
      cause,
    });
  } finally {
    dataKey.fill(0);
  }
}

/** The same data key under the newest master key; the value is not touched. @throws as decrypt */
export async function rewrapKey(
  wrapped: WrappedKey,
  context: string,
  kms: Kms,
): Promise<WrappedKey> {
  const dataKey = await kms.decrypt(wrapped, context);
  try {
    return await kms.encrypt(dataKey, context);
  } finally {
    dataKey.fill(0);
  }
}

interface Cipher {
  readonly key: Uint8Array;
  readonly nonce: Uint8Array;
  readonly context: string;
}

/** AES-256-GCM (NIST SP 800-38D) with the context as associated data: nonce, ciphertext, tag. */
export function encryptBytes({ key, nonce, context }: Cipher, plaintext: Uint8Array): Buffer {
  const cipher = createCipheriv('aes-256-gcm', key, nonce);
  cipher.setAAD(Buffer.from(context));
  return Buffer.concat([nonce, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
}

/** What `encryptBytes` made. Throws for anything else, and in another context. */
export function decryptBytes(
  { key, context }: Omit<Cipher, 'nonce'>,
  encrypted: Uint8Array,
): Buffer {
  const bytes = Buffer.from(encrypted);
  const nonce = bytes.subarray(0, NONCE_BYTES);
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES });
  decipher.setAAD(Buffer.from(context));
  decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
  const body = bytes.subarray(NONCE_BYTES, -TAG_BYTES);
  return Buffer.concat([decipher.update(body), decipher.final()]);
}
