import type { Command } from 'commander';
import type { OffboardAnswer } from '../../../server/api/contract/tenant/offboarding.ts';
import { action } from '../../invocation.ts';
import type { Cli, Invocation } from '../../invocation.ts';
import { formatBytes, formatCount } from 'base/terminal/amount.ts';
import { answer } from 'base/terminal/out.ts';
import type { Out } from 'base/terminal/out.ts';
import { renderTable } from 'base/terminal/table.ts';
import { withPlatform } from '../../client/with-platform.ts';

interface OffboardOptions {
  readonly confirm?: string;
  readonly folder?: string;
}

export function declareOffboard(tenant: Command, cli: Cli): void {
  tenant
    .command('offboard')
    .description(
      'Exports a tenant into a folder of the server, then removes all of it. Goes on where it was ' +
        'when it is repeated after a crash.',
    )
    .argument('<tenant>', 'id of the tenant')
    .option('--confirm <tenant>', 'the id once more: this is not undone')
    .option(
      '--folder <name>',
      'made below EXPORT_LOCATION or DATA_DIR/exports; default: the id of the tenant',
    )
    .action(action(cli, offboardTenant));
}

async function offboardTenant(
  invocation: Invocation,
  tenantId: string,
  { confirm, folder }: OffboardOptions,
): Promise<void> {
  const { out } = invocation;
  const report = await withPlatform(invocation, { worker: false }, ({ client }) =>
    client.offboardTenant(tenantId, { confirm, folder }),
  );
  answer(out, report, (value) => renderReport(value, out));
}

function renderReport(report: OffboardAnswer, out: Out): string[] {
  const { exported, removed, stays } = report;
  const files = [...exported.tables, ...exported.records].map((file) => [
    file.file ?? `${file.name}: ${file.problem ?? 'not written'}`,
    formatCount(file.rows),
    formatBytes(file.size_bytes),
  ]);
  const columns = [
    { title: `exported to ${report.folder}` },
    { title: 'rows', side: 'right' as const },
    { title: 'size', side: 'right' as const },
  ];
  const rows = Object.values(removed.rows).reduce((sum, count) => sum + count, 0);
  const tables = Object.keys(removed.rows).length;
  return [
    ...renderTable(columns, files, out),
    '',
    `removed  ${formatCount(rows)} rows of ${tables} control tables, ` +
      `${formatBytes(removed.warehouse_bytes)} of tables, ${formatBytes(removed.parts_bytes)} of parts`,
    `stays    ${stays}`,
  ];
}
