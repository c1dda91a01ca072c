import type { Command } from 'commander';
import type { TableAnswer, TableListAnswer } from '../../../server/api/contract/table.ts';
import { action } from '../../invocation.ts';
import type { Cli, Invocation } from '../../invocation.ts';
import { answer } from 'base/terminal/out.ts';
import { formatCount } from 'base/terminal/amount.ts';
import { renderTable } from 'base/terminal/table.ts';
import type { TableFrame } from 'base/terminal/table.ts';
import { withTenant } from '../../client/with-platform.ts';
import { tenantOption } from '../tenant-option.ts';

export function declareTables(parent: Command, cli: Cli): void {
  parent
    .command('tables')
    .summary('list tables, or describe one')
    .description('Lists the tables of a tenant, or describes one: columns, rows, last load.')
    .argument('[table]', 'name of a table')
    .addOption(tenantOption())
    .action(action(cli, showTables));
}

async function showTables(invocation: Invocation, table: string | undefined): Promise<void> {
  const { out } = invocation;
  await withTenant(invocation, async ({ client }) => {
    if (table === undefined) {
      answer(out, await client.listTables(), (list) => renderList(list, out));
    } else {
      answer(out, await client.getTable(table), (one) => renderOne(one, out));
    }
  });
}

function renderList({ tables }: TableListAnswer, frame: TableFrame): string[] {
  if (tables.length === 0) return ['no tables'];
  const columns = [
    { title: 'table' },
    { title: 'kind' },
    { title: 'rows', side: 'right' as const },
  ];
  const rows = tables.map(({ name, kind, rows }) => [name, kind, countOf(rows)]);
  return renderTable(columns, rows, frame);
}

function renderOne(table: TableAnswer, frame: TableFrame): string[] {
  const { name, kind, rows, last_load, columns } = table;
  const loaded = last_load
    ? `last load ${last_load.loaded_at}, ${formatCount(last_load.rows)} rows`
    : 'never loaded by a run';
  const size = rows === null ? kind : `${kind}, ${countOf(rows)} rows`;
  const lines = columns.map((column) => [column.name, column.type]);
  return [
    `${frame.style.strong(name)}  ${size}, ${loaded}`,
    ...renderTable([{ title: 'column' }, { title: 'type' }], lines, frame),
  ];
}

function countOf(rows: number | null): string {
  return rows === null ? '' : formatCount(rows);
}
