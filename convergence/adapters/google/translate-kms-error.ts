import { AppError } from 'base/error.ts';
import { fail } from '../../engine/error-codes.ts';

/** https://grpc.io/docs/guides/status-codes/ */
const INVALID_ARGUMENT = 3;
const NOT_FOUND = 5;
const PERMISSION_DENIED = 7;
const FAILED_PRECONDITION = 9;
const UNAUTHENTICATED = 16;

/** The operator reads it, who may know the key; what passes by itself is kms_unavailable. */
export function atOpening(keyName: string, error: unknown): unknown {
  if (error instanceof AppError) return error;
  const { code = -1, details } = error as { code?: number; details?: string };
  const hint = OPENING_HINTS.get(code);
  if (hint === undefined) return inUse(error);
  const words = details ?? String(error);
  return fail('kms_invalid', `The key ${keyName} cannot be used: ${words}`, { hint, cause: error });
}

const ROLES =
  'Give the service account roles/cloudkms.cryptoKeyEncrypterDecrypter and roles/cloudkms.viewer on the key; to make or rotate it, roles/cloudkms.admin.';
const OPENING_HINTS: ReadonlyMap<number, string> = new Map([
  [INVALID_ARGUMENT, 'Correct GCP_KMS_KEY_NAME.'],
  [NOT_FOUND, 'Make it with `convergence setup-kms`, or correct GCP_KMS_KEY_NAME.'],
  [PERMISSION_DENIED, ROLES],
  [UNAUTHENTICATED, 'Run `gcloud auth application-default login`, or set credentials.'],
  [FAILED_PRECONDITION, 'Enable the Cloud KMS API and the version of the key.'],
]);

/** What cannot be decrypted now nor later; null when it is something else. */
export function refused(context: string, error: unknown): AppError | null {
  const { code } = error as { code?: number };
  if (code === INVALID_ARGUMENT)
    return fail(
      'kms_refused',
      `The data key of ${context} is damaged, or belongs to something else.`,
      {
        cause: error,
      },
    );
  if (code !== FAILED_PRECONDITION) return null;
  return fail('kms_refused', `${context} is under a version of the master key that is disabled.`, {
    hint: 'Enable the version in Google Cloud KMS, or restore it while it waits to be destroyed.',
    cause: error,
  });
}

/** Callers are tenants too, who learn nothing of the key. */
export function inUse(error: unknown): AppError {
  if (error instanceof AppError && error.code !== 'kms_invalid') return error;
  const { code } = error as { code?: number | string };
  const isDenied = code === PERMISSION_DENIED || code === UNAUTHENTICATED;
  const what = isDenied ? 'does not let this platform use its key' : 'does not answer';
  return fail('kms_unavailable', `Google Cloud KMS ${what} at the moment.`, {
    hint: 'The operator finds the reason with `convergence doctor`.',
    cause: error,
  });
}
