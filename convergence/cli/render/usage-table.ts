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
    amountOf(limit, limit.used),
    limit.allowed === null ? 'no limit' : amountOf(limit, limit.allowed),
    percentOf(limit),
    limit.resets_at ?? '',
  ]);
  return renderTable(columns, rows, frame);
}

function amountOf({ name }: LimitAnswer, amount: number): string {
  return name.startsWith('bytes') ? formatBytes(amount) : formatCount(amount);
}

/** Rounded down: 100 % means that nothing is left. */
function percentOf({ used, allowed }: LimitAnswer): string {
  if (allowed === null) return '';
  return allowed === 0 ? '100' : String(Math.floor((100 * used) / allowed));
}
