/** One mistake in a file, at the place where the author can mend it. */
export interface Problem {
  /** Relative to the folder that its readers know, with forward slashes. */
  readonly file: string;
  /** Both from 1. */
  readonly line: number;
  readonly column: number;
  /** Where in the document, as `steps[0].type`; empty for the whole file. */
  readonly path: string;
  /** What is wrong, with the offending value (masked when it may be a secret). */
  readonly message: string;
  readonly expected?: string;
  readonly suggestion?: string;
}

/** `file:line:column: message; expected …; did you mean …?`, the form that editors make clickable. */
export function formatProblem(problem: Problem): string {
  const parts = [`${problem.file}:${problem.line}:${problem.column}: ${problem.message}`];
  if (problem.expected) parts.push(`expected ${problem.expected}`);
  if (problem.suggestion) parts.push(problem.suggestion);
  return parts.join('; ');
}
