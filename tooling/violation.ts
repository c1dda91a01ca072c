/** What a check found, at a place that editors make clickable. */
export interface Violation {
  readonly rule: string;
  /** Relative to the root of the repository. */
  readonly file: string;
  /** From 1; absent when the whole file or folder is meant. */
  readonly line?: number;
  readonly message: string;
  /** Warnings are printed and do not fail the check. */
  readonly warning?: boolean;
}

export function formatViolation(violation: Violation): string {
  const { file, line, rule, message, warning } = violation;
  const place = line === undefined ? file : `${file}:${line}`;
  return `${warning ? 'warning' : 'error'}  ${place}  ${message}  [${rule}]`;
}
