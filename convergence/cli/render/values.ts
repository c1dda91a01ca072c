import type { TableFrame } from 'base/terminal/table.ts';
import { renderTable } from 'base/terminal/table.ts';
import { cut, padTo, plain, widthOf } from 'base/terminal/text-width.ts';

interface Named {
  readonly name: string;
  readonly type: string;
}

const NUMERIC = /INT|DECIMAL|NUMERIC|DOUBLE|FLOAT|REAL/i;
const LEAST_CELL = 9;

/** A value of a table in one line. */
export function showValue(value: unknown): string {
  if (value === null || value === undefined) return '∅';
  return plain(typeof value === 'string' ? value : JSON.stringify(value));
}

/** Rows as a table, or one below the other when there are more columns than fit side by side. */
export function renderRows(
  columns: readonly Named[],
  rows: readonly (readonly unknown[])[],
  frame: TableFrame,
): string[] {
  const cells = rows.map((row) => row.map(showValue));
  if (columns.length * LEAST_CELL > frame.width) return renderRecords(columns, cells, frame);
  const titles = columns.map(({ name, type }) => ({
    title: name,
    side: NUMERIC.test(type) ? ('right' as const) : ('left' as const),
  }));
  return renderTable(titles, cells, frame);
}

function renderRecords(
  columns: readonly Named[],
  rows: readonly (readonly string[])[],
  { width, style }: TableFrame,
): string[] {
  const nameWidth = Math.min(30, Math.max(...columns.map(({ name }) => widthOf(name))));
  return rows.flatMap((row, at) => [
    style.faint(`row ${at + 1}`),
    ...columns.map(({ name }, column) => {
      const title = padTo(cut(plain(name), nameWidth), nameWidth);
      return `  ${title}  ${cut(row[column] ?? '', width - nameWidth - 4)}`;
    }),
  ]);
}
