import { formatCount } from 'base/terminal/amount.ts';

/** `1 row`, `12,000 rows` */
export function countRows(count: number): string {
  return `${formatCount(count)} ${count === 1 ? 'row' : 'rows'}`;
}
