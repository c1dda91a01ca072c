import { AppError } from 'base/error.ts';
import { fail } from '../../engine/error-codes.ts';

const NO_CREDENTIALS = /default credentials|invalid_grant|GOOGLE_APPLICATION_CREDENTIALS/i;
/** PERMISSION_DENIED and UNAUTHENTICATED of gRPC, and their statuses of HTTP. */
const DENIED = new Set([7, 16, 401, 403]);
/** Refused for what was asked: INVALID_ARGUMENT, NOT_FOUND, FAILED_PRECONDITION, and theirs. */
const REFUSED = new Set([3, 5, 9, 400, 404, 412]);

/** What the clients of Cloud Build and Cloud Storage throw, in our words. */
export function translateError(error: unknown, project: string): unknown {
  if (error instanceof AppError || !(error instanceof Error)) return error;
  const code = 'code' in error ? error.code : null;
  const message = `Cloud Build in ${project}: ${error.message}`;
  if (NO_CREDENTIALS.test(error.message)) {
    const hint = 'Run `gcloud auth application-default login`.';
    return fail('platform_denied', message, { hint, cause: error });
  }
  if (typeof code === 'number' && DENIED.has(code)) {
    const hint = 'The credentials need roles/cloudbuild.builds.editor and roles/storage.admin.';
    return fail('platform_denied', message, { hint, cause: error });
  }
  if (typeof code === 'number' && REFUSED.has(code)) {
    return fail('build_failed', message, { cause: error });
  }
  return code === null ? error : fail('platform_unreachable', message, { cause: error });
}
