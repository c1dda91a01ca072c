import { exitCodeOf } from 'base/error.ts';
import { ERROR_CODES } from '../engine/error-codes.ts';
import { statusOfCode } from './api/problem.ts';
import { settingsSchema } from './settings/settings.ts';

/** docs/reference/settings.md, from the schema of the settings. */
export function renderSettingsReference(): string {
  const defaults: Record<string, unknown> = settingsSchema.parse({});
  const rows = Object.entries(settingsSchema.shape).map(([name, schema]) => {
    const { description, meaning } = schema.meta() as { description: string; meaning: string };
    return `| \`${name}\` | ${description} | ${showDefault(defaults[name])} | ${meaning} |`;
  });
  return `# Settings

Environment variables, read once at start; outside production also from \`.env\` in the working
directory. All mistakes are reported at once, and nothing starts until they are mended. Outside
development \`ADMIN_API_KEY\`, \`API_KEY_PEPPER\` and \`DATABASE_URL\` must be set and \`DISABLE_AUTH\`
must not.

| Variable | Expected | Default | What it does |
| --- | --- | --- | --- |
${rows.join('\n')}
`;
}

function showDefault(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value ?? '');
  return ['', '""', '[]'].includes(text) ? 'none' : `\`${text}\``;
}

/** docs/reference/errors.md, from the registry of codes. */
export function renderErrorReference(): string {
  const rows = Object.entries(ERROR_CODES).map(
    ([code, [kind, meaning]]) =>
      `| \`${code}\` | ${kind} | ${statusOfCode(code, kind)} | ${exitCodeOf(kind)} | ${meaning} |`,
  );
  return `# Errors

Every error has a code of this list, here with the status of the API and the exit code of the
command line. The API answers with a problem document (RFC 9457,
\`application/problem+json\`): \`detail\` says what is wrong, \`hint\` what to do next, \`errors\` lists
every mistake of an invalid request, and \`instance\` names the request in the server's log. Errors
of kind *transient* may be repeated; where \`Retry-After\` is present, after that many seconds.

| Code | Kind | Status | Exit code | Meaning |
| --- | --- | --- | --- | --- |
${rows.join('\n')}
`;
}
