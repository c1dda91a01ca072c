import { AppError } from 'base/error.ts';
import type { AppErrorInit, ErrorKind } from 'base/error.ts';

const CODES = {
  desired_service_invalid: 'input',
  service_absent: 'absent',
  revision_absent: 'absent',
  data_plane_absent: 'transient',
  data_plane_denied: 'access',
  data_plane_start_failed: 'broken',
  data_plane_broken: 'broken',
} as const satisfies Record<string, ErrorKind>;

/** An error of the data plane, to be thrown. */
export function fail(
  code: keyof typeof CODES,
  message: string,
  more: Pick<AppErrorInit, 'hint' | 'details' | 'cause'> = {},
): AppError {
  return new AppError({ code, kind: CODES[code], message, ...more });
}
