import type { Problem } from 'base/document/problem.ts';

export interface EnvFileReading {
  readonly env: Readonly<Record<string, string>>;
  readonly problems: readonly Problem[];
}

const LINE = /^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*?)\s*$/;

/**
 * Lines of `NAME=value`; empty ones and those after `#` are remarks. Quotes around a whole value
 * are taken off, with `\n` in double ones. A problem shows no value: it may be a secret.
 */
export function parseEnvFile(file: string, text: string): EnvFileReading {
  const env: Record<string, string> = {};
  const problems: Problem[] = [];
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (/^\s*(#|$)/.test(line)) continue;
    const [, name, value = ''] = LINE.exec(line) ?? [];
    if (name === undefined) {
      const place = { file, line: index + 1, column: 1, path: '' };
      problems.push({ ...place, message: 'the line is no variable', expected: 'NAME=value' });
    } else {
      env[name] = unquote(value);
    }
  }
  return { env, problems };
}

function unquote(value: string): string {
  const [, quote, inner = ''] = /^(["'])(.*)\1$/s.exec(value) ?? [];
  if (quote === undefined) return value.replace(/\s+#.*$/, '');
  return quote === '"' ? inner.replaceAll('\\n', '\n').replaceAll('\\"', '"') : inner;
}
