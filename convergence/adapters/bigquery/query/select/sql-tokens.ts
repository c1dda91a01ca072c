/** A word of GoogleSQL. Comments and blanks are none. */
export interface SqlToken {
  /**
   * `name`: a word or number; `quoted`: a name in backticks; `text`: a literal; `sign`: one character;
   * `open`: what begins a literal, a name or a comment that has no end.
   */
  readonly kind: 'name' | 'quoted' | 'text' | 'open' | 'sign';
  /** As it is written; in capitals for a `name`, as words of the language have no case. */
  readonly word: string;
  /** A name without its backticks. */
  readonly name: string;
  /** Offsets in UTF-16 code units. */
  readonly start: number;
  readonly end: number;
}

const COMMENT = String.raw`--[^\n]*|#[^\n]*|/\*[\s\S]*?\*/`;
const LITERAL = [
  String.raw`'''(?:\\[\s\S]|(?!''')[^\\])*'''`,
  String.raw`"""(?:\\[\s\S]|(?!""")[^\\])*"""`,
  String.raw`'(?!'')(?:\\[\s\S]|[^'\\\n])*'`,
  String.raw`"(?!"")(?:\\[\s\S]|[^"\\\n])*"`,
].join('|');
const PATTERN = new RegExp(
  [
    `(?<comment>${COMMENT})`,
    `(?<text>(?:r|b|rb|br)?(?:${LITERAL}))`,
    String.raw`(?<quoted>\x60(?:\\[\s\S]|[^\x60\\])*\x60)`,
    String.raw`(?<open>'''|"""|['"\x60]|/\*)`,
    String.raw`(?<name>[\p{L}\p{N}_]+)`,
    String.raw`(?<sign>\S)`,
  ].join('|'),
  'giu',
);

/**
 * The words of a statement. In a raw literal, too, a backslash keeps the quote after it from ending it.
 * https://cloud.google.com/bigquery/docs/reference/standard-sql/lexical
 */
export function readTokens(sql: string): readonly SqlToken[] {
  const tokens: SqlToken[] = [];
  for (const { 0: found, index: start, groups = {} } of sql.matchAll(PATTERN)) {
    const kind = (['text', 'quoted', 'open', 'name', 'sign'] as const).find((one) => groups[one]);
    if (!kind) continue;
    const word = kind === 'name' ? found.toUpperCase() : found;
    const name = kind === 'quoted' ? found.slice(1, -1).replaceAll(/\\([\s\S])/g, '$1') : found;
    tokens.push({ kind, word, name, start, end: start + found.length });
  }
  return tokens;
}
