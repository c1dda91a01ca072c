import { AppError } from 'base/error.ts';
import { fail } from '../../engine/error-codes.ts';
import type { ErrorCode } from '../../engine/error-codes.ts';

interface Translation {
  readonly code: ErrorCode;
  readonly message: (name: string) => string;
  readonly hint: string;
}

const DENIED: Translation = {
  code: 'google_denied',
  message: () => 'Google Secret Manager refuses access',
  hint: 'The operator gives the service account of the platform roles/secretmanager.viewer and roles/secretmanager.secretAccessor, or sets GCP_SECRET_MANAGER=false.',
};

/** By code of gRPC (https://grpc.io/docs/guides/status-codes/); all others: it does not answer. */
const TRANSLATIONS: ReadonlyMap<number, Translation> = new Map<number, Translation>([
  [
    5,
    {
      code: 'secret_absent',
      message: (name) => `secret '${name}' cannot be used: it has no version`,
      hint: 'Add a version with its value in Google Secret Manager.',
    },
  ],
  [
    9,
    {
      code: 'secret_absent',
      message: (name) => `secret '${name}' cannot be used: its latest version is not enabled`,
      hint: 'Enable it in Google Secret Manager, or add a version.',
    },
  ],
  [7, DENIED],
  [16, DENIED],
]);

export function translateSecretError(name: string, error: unknown): AppError {
  if (error instanceof AppError) return error;
  const { code } = error as { code?: unknown };
  const { message, hint, ...found } = TRANSLATIONS.get(Number(code)) ?? {
    code: 'secrets_unavailable',
    message: () => 'Google Secret Manager does not answer at the moment',
    hint: 'Try again in a while; https://status.cloud.google.com tells of outages.',
  };
  return fail(found.code, message(name), { hint, cause: error });
}
