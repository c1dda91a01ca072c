import { fail } from '../../../engine/error-codes.ts';
import type { Kms } from '../../../engine/tenant/kms/kms.ts';

/** Stands where nothing can be encrypted, and says so. */
export const noKms: Kms = {
  encrypt: () => Promise.reject(withoutKms()),
  decrypt: () => Promise.reject(withoutKms()),
  listVersions: () => Promise.reject(withoutKms()),
};

function withoutKms(): Error {
  return fail('unsupported', 'This platform has no master keys, so it can keep no credentials.', {
    hint: 'The operator sets GCP_KMS_KEY_NAME or KMS_KEY_FILE, and runs `convergence setup-kms`.',
  });
}
