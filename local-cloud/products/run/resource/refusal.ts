import { refuseFields } from '../../../protocol/check/violation.ts';
import type { Violation } from '../../../protocol/check/violation.ts';

/** @throws INVALID_ARGUMENT with all of them when there are any */
export function refuseAny(violations: readonly Violation[]): void {
  if (violations.length > 0) throw refuseFields(violations);
}

export function violation(field: string, description: string): Violation {
  return { field, description };
}
