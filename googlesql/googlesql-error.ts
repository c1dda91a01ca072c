/** What the analyzer, or the reference implementation, says against a statement. */
export class GoogleSqlError extends Error {
  /** From 1; null where the whole statement is meant. */
  readonly line: number | null;
  /** In characters, from 1. */
  readonly column: number | null;

  constructor(details: string) {
    const place = / \[at (\d+):(\d+)\]/.exec(details);
    super(details.replace(place?.[0] ?? '', ''));
    this.line = place ? Number(place[1]) : null;
    this.column = place ? Number(place[2]) : null;
  }
}
