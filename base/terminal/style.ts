type Paint = (text: string) => string;

/** Colours by what they mean. */
export interface Style {
  readonly strong: Paint;
  readonly faint: Paint;
  readonly good: Paint;
  readonly bad: Paint;
  readonly warn: Paint;
  readonly busy: Paint;
}

/** ECMA-48 SGR codes, or nothing at all. */
export function createStyle(hasColours: boolean): Style {
  const paint =
    (on: number, off: number): Paint =>
    (text) =>
      hasColours && text !== '' ? `\u001B[${on}m${text}\u001B[${off}m` : text;
  return {
    strong: paint(1, 22),
    faint: paint(2, 22),
    good: paint(32, 39),
    bad: paint(31, 39),
    warn: paint(33, 39),
    busy: paint(36, 39),
  };
}
