import { cut, padTo, plain, widthOf } from './text-width.ts';
import type { Style } from './style.ts';

export interface Column {
  readonly title: string;
  /** Numbers stand on the right. */
  readonly side?: 'left' | 'right';
  readonly paint?: (text: string) => string;
  /** Never cut, since it will be copied. */
  readonly isWhole?: boolean;
}

export interface TableFrame {
  readonly width: number;
  readonly style: Style;
}

const GAP = '  ';
const LEAST_WIDTH = 6;

/** Lines of a table that fits the width: the widest columns give way first. */
export function renderTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  { width, style }: TableFrame,
): string[] {
  const cells = rows.map((row) => row.map(plain));
  const wanted = columns.map(({ title }, at) =>
    Math.max(widthOf(title), ...cells.map((row) => widthOf(row[at] ?? ''))),
  );
  const kept = columns.map(({ isWhole }) => isWhole === true);
  const widths = shrink(wanted, kept, width - GAP.length * (columns.length - 1));
  const lay = (texts: readonly string[], paint: (text: string, column: Column) => string) =>
    columns
      .map((column, at) => {
        const size = widths[at] ?? 0;
        return padTo(paint(cut(texts[at] ?? '', size), column), size, column.side);
      })
      .join(GAP)
      .trimEnd();
  return [
    lay(
      columns.map(({ title }) => title),
      (text) => style.faint(text),
    ),
    ...cells.map((row) => lay(row, (text, { paint }) => paint?.(text) ?? text)),
  ];
}

function shrink(wanted: readonly number[], kept: readonly boolean[], available: number): number[] {
  const widths = [...wanted];
  let over = widths.reduce((sum, width) => sum + width, 0) - available;
  for (; over > 0; over--) {
    const widest = Math.max(...widths.filter((_, at) => !kept[at]));
    if (widest <= LEAST_WIDTH) break;
    const at = widths.findLastIndex((width, index) => width === widest && !kept[index]);
    widths[at] = widest - 1;
  }
  return widths;
}
