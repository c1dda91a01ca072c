import type { FilterToken } from '../../../filter/token-reader.ts';
import { StatusError } from '../../../protocol/status-error.ts';

export interface Token extends FilterToken {
  /** No space is before it. */
  readonly isClose: boolean;
}

const PATTERN =
  /((?:\s|--[^\n]*)*)(?:("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|(!=|>=|<=|=~|!~|[=<>:(),.-])|([^\s"'=<>:!(),.]+))/y;

/** The last one is of the kind `end`. */
export function readTokens(filter: string): readonly Token[] {
  const tokens: Token[] = [];
  const endAt = filter.replace(/(\s|--[^\n]*)*$/, '').length;
  for (let at = 0; at < endAt; at = PATTERN.lastIndex) {
    PATTERN.lastIndex = at;
    const found = PATTERN.exec(filter);
    if (found === null) throw refuseFilter(filter, at, 'no name, no sign and no text in quotes');
    const [, space = '', quoted, sign, word = ''] = found;
    const place = { at: at + space.length, isClose: space === '' };
    if (quoted !== undefined) tokens.push({ kind: 'text', text: unquote(quoted), ...place });
    else if (sign !== undefined) tokens.push({ kind: 'sign', text: sign, ...place });
    else tokens.push({ kind: 'word', text: word, ...place });
  }
  return [...tokens, { kind: 'end', text: '', at: endAt, isClose: false }];
}

/** Other escapes are kept: they are for regular expressions. */
function unquote(quoted: string): string {
  return quoted.slice(1, -1).replaceAll(/\\(["'\\])/g, '$1');
}

export function refuseFilter(filter: string, at: number, why: string): StatusError {
  const message = `Unparseable filter: at character ${at + 1}, before ${JSON.stringify(filter.slice(at, at + 20))}: ${why}`;
  return new StatusError('INVALID_ARGUMENT', message);
}
