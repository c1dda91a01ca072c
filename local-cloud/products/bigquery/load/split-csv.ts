/** What is quoted is never the null marker. */
export interface Cell {
  readonly text: string;
  readonly isQuoted: boolean;
}

interface CsvOptions {
  readonly delimiter: string;
  /** Empty: none. */
  readonly quote: string;
}

/** RFC 4180; a line ends with LF, CR LF or the text. */
export function splitCsv(text: string, { delimiter, quote }: CsvOptions): Cell[][] {
  const records: Cell[][] = [];
  let record: Cell[] = [];
  let at = 0;
  while (at < text.length) {
    const { cell, end } =
      quote !== '' && text[at] === quote ? quoted(text, at, quote) : plain(text, at, delimiter);
    record.push(cell);
    at = end;
    if (text.startsWith(delimiter, at)) {
      at += delimiter.length;
      if (at === text.length) record.push({ text: '', isQuoted: false });
      continue;
    }
    if (text.startsWith('\r\n', at)) at += 2;
    else at += 1;
    const isEmpty = record.length === 1 && !record[0]?.isQuoted && record[0]?.text === '';
    if (!isEmpty) records.push(record);
    record = [];
  }
  if (record.length > 0) records.push(record);
  return records;
}

interface Found {
  readonly cell: Cell;
  readonly end: number;
}

function plain(text: string, start: number, delimiter: string): Found {
  let end = start;
  while (
    end < text.length &&
    text[end] !== '\n' &&
    !text.startsWith('\r\n', end) &&
    !text.startsWith(delimiter, end)
  )
    end++;
  return { cell: { text: text.slice(start, end), isQuoted: false }, end };
}

function quoted(text: string, start: number, quote: string): Found {
  let value = '';
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] !== quote) value += text[at];
    else if (text[at + 1] === quote) value += text[at++];
    else return { cell: { text: value, isQuoted: true }, end: at + 1 };
  }
  return { cell: { text: value, isQuoted: true }, end: text.length };
}
