import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import type { SecretBox } from '../../engine/event/secret-box.ts';
import { fail } from '../../engine/error-codes.ts';

const IV_BYTES = 12;
const TAG_BYTES = 16;

/** AES-256-GCM under a key derived from one that this installation has; `purpose` keeps uses apart. */
export function createLocalSecretBox(key: string, purpose: string): SecretBox {
  const derived = Buffer.from(hkdfSync('sha256', key, '', purpose, 32));
  return {
    async seal(secret) {
      const iv = randomBytes(IV_BYTES);
      const cipher = createCipheriv('aes-256-gcm', derived, iv);
      const closed = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()]);
      return Buffer.concat([iv, closed, cipher.getAuthTag()]).toString('base64url');
    },
    async open(sealed) {
      const bytes = Buffer.from(sealed, 'base64url');
      try {
        const decipher = createDecipheriv('aes-256-gcm', derived, bytes.subarray(0, IV_BYTES));
        decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
        const open = decipher.update(bytes.subarray(IV_BYTES, -TAG_BYTES));
        return Buffer.concat([open, decipher.final()]).toString('utf8');
      } catch (cause) {
        throw fail('internal', 'a sealed secret cannot be opened: was the pepper changed?', {
          cause,
        });
      }
    },
  };
}
