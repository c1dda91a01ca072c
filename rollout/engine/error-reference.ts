import { exitCodeOf } from 'base/error.ts';
import { ERROR_CODES } from './error-codes.ts';

/** docs/reference/rollout-errors.md, from the registry of codes. */
export function renderErrorReference(): string {
  const rows = Object.entries(ERROR_CODES).map(
    ([code, [kind, meaning]]) => `| \`${code}\` | ${kind} | ${exitCodeOf(kind)} | ${meaning} |`,
  );
  return `# Errors of Rollout

Every error has a code of this list, here with the exit code of the command. The message says what
is wrong, the hint what to do next; with \`--json\` both are in the document. Errors of kind
*transient* may be repeated: what was done before them is in the journal, and is not done twice.

| Code | Kind | Exit code | Meaning |
| --- | --- | --- | --- |
${rows.join('\n')}
`;
}
