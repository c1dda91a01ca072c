import type { FilterToken } from '../../../filter/token-reader.ts';
import { StatusError } from '../../../protocol/status-error.ts';

export type Token = FilterToken;

const pattern = /\s*(?:("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|([\w./-]+)|(!=|>=|<=|[=<>:~(),]))/y;

/** The last one is of the kind `end`. */
export function readTokens(filter: string): readonly Token[] {
  const tokens: Token[] = [];
  pattern.lastIndex = 0;
  const endAt = filter.trimEnd().length;
  for (let at = 0; at < endAt; at = pattern.lastIndex) {
    pattern.lastIndex = at;
    const found = pattern.exec(filter);
    if (found === null) throw refuseFilter(filter, at, 'no name, no sign and no text in quotes');
    const [all, quoted, word, sign = ''] = found;
    const start = at + all.length - all.trimStart().length;
    if (quoted !== undefined) tokens.push({ kind: 'text', text: unquote(quoted), at: start });
    else if (word !== undefined) tokens.push({ kind: 'word', text: word, at: start });
    else tokens.push({ kind: 'sign', text: sign, at: start });
  }
  return [...tokens, { kind: 'end', text: '', at: endAt }];
}

function unquote(quoted: string): string {
  return quoted.slice(1, -1).replaceAll(/\\(.)/gs, '$1');
}

export function refuseFilter(filter: string, at: number, why: string): StatusError {
  const message = `the filter at character ${at + 1}, before ${JSON.stringify(filter.slice(at, at + 20))}: ${why}`;
  return new StatusError('INVALID_ARGUMENT', message);
}
