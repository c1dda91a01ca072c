import type { Command } from 'commander';
import type { VersionListAnswer } from '../../../server/api/contract/config/document.ts';
import { action } from '../../invocation.ts';
import type { Cli, Invocation } from '../../invocation.ts';
import { formatBytes } from 'base/terminal/amount.ts';
import { answer } from 'base/terminal/out.ts';
import { renderTable } from 'base/terminal/table.ts';
import type { TableFrame } from 'base/terminal/table.ts';
import { withTenant } from '../../client/with-platform.ts';

interface DiffOptions {
  readonly from?: string;
  readonly to?: string;
}

/** What is done with the versions of a config. */
export function declareHistory(
  command: (name: string, description: string) => Command,
  cli: Cli,
): void {
  command('history', 'Lists the versions of a config, the newest first.')
    .argument('<path>', 'as sources/orders.yml')
    .option('--cursor <cursor>', 'next_cursor of the page before')
    .action(action(cli, listVersions));
  command('diff', 'Shows what changed between two versions of a config.')
    .argument('<path>', 'as sources/orders.yml')
    .option('--from <version>', 'default: the one before')
    .option('--to <version>', 'default: the newest')
    .action(action(cli, showDiff));
  command('rollback', 'Makes an earlier version of a config the newest again.')
    .argument('<path>', 'as sources/orders.yml')
    .argument('<version>', 'its number')
    .action(action(cli, rollBack));
}

async function listVersions(
  invocation: Invocation,
  path: string,
  { cursor }: { cursor?: string },
): Promise<void> {
  const { out } = invocation;
  const list = await withTenant(invocation, ({ client }) =>
    client.listConfigVersions(path, { cursor }),
  );
  answer(out, list, ({ versions, next_cursor }) => [
    ...renderVersions(versions, out),
    ...(next_cursor === null ? [] : [out.style.faint(`more: --cursor ${next_cursor}`)]),
  ]);
}

function renderVersions(versions: VersionListAnswer['versions'], frame: TableFrame): string[] {
  const rows = versions.map((one) => [
    String(one.version),
    one.deleted ? 'deleted' : formatBytes(one.size_bytes),
    one.changed_at.slice(0, 19).replace('T', ' '),
    one.changed_by,
  ]);
  const titles = ['version', 'size', 'changed (UTC)', 'by'];
  return renderTable(
    titles.map((title) => ({ title })),
    rows,
    frame,
  );
}

async function showDiff(
  invocation: Invocation,
  path: string,
  { from, to }: DiffOptions,
): Promise<void> {
  const compared = await withTenant(invocation, ({ client }) =>
    client.diffConfig(path, { from, to }),
  );
  answer(invocation.out, compared, ({ diff }) =>
    diff === '' ? ['no difference'] : diff.replace(/\n$/, '').split('\n'),
  );
}

async function rollBack(invocation: Invocation, path: string, version: string): Promise<void> {
  const written = await withTenant(invocation, ({ client }) =>
    client.rollBackConfig(path, Number(version)),
  );
  answer(invocation.out, written, (document) => [
    `${path} has version ${document.version}, with the content of version ${version}`,
  ]);
}
