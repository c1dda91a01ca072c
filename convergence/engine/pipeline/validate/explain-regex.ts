/**
 * Why the warehouse would refuse a regular expression; null when it most likely takes it. DuckDB
 * and BigQuery use RE2, JavaScript does not: what only RE2 has is rewritten before the test.
 * Source: https://github.com/google/re2/wiki/Syntax
 */
export function explainRegex(pattern: string): string | null {
  if (/(?<!\\)\(\?(<?[=!])/.test(pattern)) return 'looks ahead or behind, which RE2 cannot';
  if (/(?<!\\)(\\\\)*\\[1-9]/.test(pattern)) return 'refers back to a group, which RE2 cannot';
  const portable = pattern
    .replaceAll(/\(\?P</g, '(?<')
    .replaceAll(/\(\?[imsU-]+\)/g, '')
    .replaceAll(/\(\?[imsU-]+:/g, '(?:')
    .replaceAll(/\\Q.*?(\\E|$)/gs, '');
  try {
    RegExp(portable);
    return null;
  } catch (error) {
    const reason = error instanceof Error ? error.message.split(': ').at(-1) : undefined;
    return `cannot be compiled: ${(reason ?? 'it is malformed').toLowerCase()}`;
  }
}
