import { stripVTControlCharacters } from 'node:util';

const segmenter = new Intl.Segmenter();
/** Drawn two columns wide (UAX #11: East Asian wide, and emoji). */
const WIDE =
  /\p{Emoji_Presentation}|[\u1100-\u115F\u2E80-\uA4CF\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF00-\uFF60\uFFE0-\uFFE6]/u;
/** What a value of a tenant must not do to a terminal: move its cursor or break a line. */
const CONTROL = /[\p{Cc}\u2028\u2029\u202A-\u202E\u2066-\u2069]/gu;

/** Columns that a text takes on a terminal, colours not counted. */
export function widthOf(text: string): number {
  let width = 0;
  for (const { segment } of segmenter.segment(stripVTControlCharacters(text))) {
    width += WIDE.test(segment) ? 2 : 1;
  }
  return width;
}

/** A value from outside on one line, without control characters. */
export function plain(text: string): string {
  return text.replaceAll(CONTROL, ' ');
}

/** At most `width` columns; what is cut shows as `…`. Takes no colours. */
export function cut(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  let kept = '';
  let used = 1;
  for (const { segment } of segmenter.segment(text)) {
    used += widthOf(segment);
    if (used > width) break;
    kept += segment;
  }
  return `${kept}…`;
}

/** Filled with blanks to `width` columns; colours may be in it. */
export function padTo(text: string, width: number, side: 'left' | 'right' = 'left'): string {
  const blanks = ' '.repeat(Math.max(0, width - widthOf(text)));
  return side === 'left' ? text + blanks : blanks + text;
}
