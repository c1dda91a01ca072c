import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { StatusError } from '../../protocol/status-error.ts';
import type { KeptKey, KeyVersion } from './crypto-key.ts';

const ID_BYTES = 16;
const IV_BYTES = 12;
const TAG_BYTES = 16;
const HEAD_BYTES = ID_BYTES + IV_BYTES;

/** Id of the version, initialization vector, AES-256-GCM, tag. */
export function encrypt(version: KeyVersion, plaintext: Uint8Array, aad: Uint8Array): Buffer {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv('aes-256-gcm', materialOf(version), iv).setAAD(aad);
  const closed = [cipher.update(plaintext), cipher.final(), cipher.getAuthTag()];
  return Buffer.concat([Buffer.from(version.id, 'base64'), iv, ...closed]);
}

/** Number of the key's version that made it. */
export function findVersion(key: KeptKey, ciphertext: Uint8Array): number {
  const id = Buffer.from(ciphertext.subarray(0, ID_BYTES)).toString('base64');
  const index = key.versions.findIndex((version) => version.id === id);
  if (index !== -1) return index + 1;
  throw new StatusError(
    'INVALID_ARGUMENT',
    "Decryption failed: verify that 'name' refers to the correct CryptoKey.",
  );
}

export function decrypt(version: KeyVersion, ciphertext: Uint8Array, aad: Uint8Array): Buffer {
  const key = materialOf(version);
  try {
    const iv = ciphertext.subarray(ID_BYTES, HEAD_BYTES);
    const decipher = createDecipheriv('aes-256-gcm', key, iv, { authTagLength: TAG_BYTES });
    decipher.setAAD(aad).setAuthTag(ciphertext.subarray(HEAD_BYTES).subarray(-TAG_BYTES));
    const open = decipher.update(ciphertext.subarray(HEAD_BYTES, -TAG_BYTES));
    return Buffer.concat([open, decipher.final()]);
  } catch {
    const message = 'Decryption failed: the ciphertext is invalid.';
    throw new StatusError('INVALID_ARGUMENT', message);
  }
}

function materialOf({ material }: KeyVersion): Buffer {
  return Buffer.from(material ?? '', 'base64');
}
