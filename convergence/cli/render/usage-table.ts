import { formatBytes, formatCount } from 'base/terminal/amount.ts';
import { renderTable } from 'base/terminal/table.ts';
import type { Column, TableFrame } from 'base/terminal/table.ts';
import type { LimitAnswer } from '../../server/api/contract/tenant/usage.ts';

/** A line for each limit of a plan. */
export function renderUsage(limits: readonly LimitAnswer[], frame: TableFrame): string[] {
  const columns: readonly Column[] = [
    { title: 'limit', isWhole: true },
    { title: 'used', side: 'right' },
    { title: 'allowed', side: 'right' },
    { title: '%', side: 'right' },
    { title: 'resets at' },
  ];
  const rows = limits.map((limit) => [
    limit.name.replaceAll('_', ' '),
    showAmount(limit.name, limit.used),
    showAmount(limit.name, limit.allowed),
    limit.allowed === null ? '' : String(Math.floor(100 * shareOf(limit))),
    limit.resets_at ?? '',
  ]);
  return renderTable(columns, rows, frame);
}

/** Name, use, limit and reset of the limit of which least is left. */
export function nearestLimit(limits: readonly LimitAnswer[]): string[] | null {
  const counted = limits.filter(
    ({ name, allowed }) => name !== 'concurrent_runs' && allowed !== null,
  );
  const [near] = counted.toSorted((a, b) => shareOf(b) - shareOf(a));
  if (!near) return null;
  const { name, used, allowed, resets_at } = near;
  return [
    name.replaceAll('_', ' '),
    showAmount(name, used),
    showAmount(name, allowed),
    resets_at ?? '',
  ];
}

/** Bytes with their unit; null is no limit. */
export function showAmount(name: string, amount: number | null): string {
  if (amount === null) return 'unlimited';
  return name.includes('bytes') ? formatBytes(amount) : formatCount(amount);
}

function shareOf({ used, allowed }: LimitAnswer): number {
  if (allowed === null) return 0;
  return allowed === 0 ? 1 : used / allowed;
}
