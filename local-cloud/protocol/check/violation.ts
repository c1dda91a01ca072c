import { StatusError } from '../status-error.ts';

/** A google.rpc.BadRequest.FieldViolation. */
export interface Violation {
  /** In the proto's names, such as `service.template.containers[0].image`; empty: the whole. */
  readonly field: string;
  /** What is wrong, with the value, and what was expected. */
  readonly description: string;
}

/** The refusal INVALID_ARGUMENT with all violations in its details. */
export function refuseFields(violations: readonly Violation[]): StatusError {
  const message = violations
    .map(({ field, description }) => (field === '' ? description : `${field}: ${description}`))
    .join('; ');
  return new StatusError('INVALID_ARGUMENT', message, [
    { '@type': 'type.googleapis.com/google.rpc.BadRequest', fieldViolations: violations },
  ]);
}

export function joinPath(path: string, field: string): string {
  return path === '' ? field : `${path}.${field}`;
}
