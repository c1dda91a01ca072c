import { AppError } from 'base/error.ts';
import type { AppErrorInit, ErrorKind } from 'base/error.ts';

const CODES = {
  home_locked: 'conflict',
  port_taken: 'conflict',
  option_invalid: 'input',
  not_running: 'absent',
  service_absent: 'absent',
  revision_absent: 'absent',
  fault_invalid: 'input',
  fault_absent: 'absent',
  unreachable: 'transient',
  internal: 'broken',
} as const satisfies Record<string, ErrorKind>;

/** An error of the control plane and its command line, to be thrown. */
export function fail(
  code: keyof typeof CODES,
  message: string,
  more: Pick<AppErrorInit, 'hint' | 'details' | 'cause'> = {},
): AppError {
  return new AppError({ code, kind: CODES[code], message, ...more });
}
