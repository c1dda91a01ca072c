import { AppError } from 'base/error.ts';
import { maskValues } from '../../pipeline/resolve-values.ts';
import type { Failure } from '../run.ts';

/** What a record says of an error; one that nobody foresaw is named, never shown. */
export function failureOf(error: unknown, usedSecrets: Iterable<string>): Failure {
  if (!(error instanceof AppError)) {
    const hint = 'Report it with the id of the run; the log of the worker holds the evidence.';
    return { code: 'internal', kind: 'broken', message: 'a mistake of Convergence', hint };
  }
  const secrets = [...usedSecrets];
  const { code, kind, hint } = error;
  const message = maskValues(error.message, secrets);
  return { code, kind, message, ...(hint && { hint: maskValues(hint, secrets) }) };
}
