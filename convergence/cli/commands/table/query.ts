import type { Command } from 'commander';
import { action } from '../../invocation.ts';
import type { Cli, Invocation } from '../../invocation.ts';
import { answer } from 'base/terminal/out.ts';
import { countRows } from '../../render/count-rows.ts';
import { renderRows } from '../../render/values.ts';
import { withTenant } from '../../client/with-platform.ts';
import { tenantOption } from '../tenant-option.ts';

export function declareQuery(parent: Command, cli: Cli): void {
  parent
    .command('query')
    .summary('ask the tables of a tenant')
    .description('Runs one SELECT over the tables of a tenant.')
    .argument('<sql>', 'in the dialect of the warehouse')
    .addOption(tenantOption())
    .option('--max-rows <count>', 'rows to show, up to 10000', '1000')
    .action(action(cli, queryTables));
}

async function queryTables(
  invocation: Invocation,
  sql: string,
  { maxRows }: { maxRows: string },
): Promise<void> {
  const { out } = invocation;
  const result = await withTenant(invocation, ({ client }) =>
    client.query({ sql, max_rows: Number(maxRows) }),
  );
  answer(out, result, ({ columns, rows, truncated }) => {
    const count = `${countRows(rows.length)}${truncated ? ', and there are more' : ''}`;
    return [...renderRows(columns, rows, out), out.style.faint(count)];
  });
}
