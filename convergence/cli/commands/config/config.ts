import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { fail } from '../../../engine/error-codes.ts';
import type { DocumentListAnswer } from '../../../server/api/contract/config/document.ts';
import { action } from '../../invocation.ts';
import type { Cli, Invocation } from '../../invocation.ts';
import { answer } from 'base/terminal/out.ts';
import { renderTable } from 'base/terminal/table.ts';
import type { TableFrame } from 'base/terminal/table.ts';
import { withTenant } from '../../client/with-platform.ts';
import { tenantOption } from '../tenant-option.ts';
import { declareHistory } from './history.ts';

interface VersionOption {
  readonly version?: string;
}

interface ReplaceOption {
  readonly replaces?: string;
}

const PATH = 'as sources/orders.yml';

export function declareConfig(parent: Command, cli: Cli): void {
  const config = parent
    .command('config')
    .summary('read and change configs, with their versions')
    .helpCommand(false);
  const command = (name: string, description: string) =>
    config.command(name).description(description).addOption(tenantOption());
  command('list', 'Lists the configs of a tenant and says where each comes from.').action(
    action(cli, listConfigs),
  );
  command('get', 'Prints a config.')
    .argument('<path>', PATH)
    .option('--version <number>', 'as it was')
    .action(action(cli, getConfig));
  command('put', 'Sends a config; refused with every mistake, if it has any.')
    .argument('<path>', PATH)
    .argument('[file]', 'the file to send; default: the path')
    .option('--replaces <version>', 'refuse it when there is a newer version')
    .action(action(cli, putConfig));
  command('delete', 'Deletes a config that was sent; refused while others lean on it.')
    .argument('<path>', PATH)
    .option('--replaces <version>', 'refuse it when there is a newer version')
    .action(action(cli, deleteConfig));
  declareHistory(command, cli);
}

async function listConfigs(invocation: Invocation): Promise<void> {
  const list = await withTenant(invocation, ({ client }) => client.listConfigs());
  answer(invocation.out, list, ({ documents }) => renderList(documents, invocation.out));
}

function renderList(documents: DocumentListAnswer['documents'], frame: TableFrame): string[] {
  if (documents.length === 0) return ['no configs'];
  const rows = documents.map((one) => [
    one.path,
    one.hidden_version === null ? one.origin : `file, hides version ${one.hidden_version}`,
    one.version === null ? '' : String(one.version),
    one.changed_at?.slice(0, 19).replace('T', ' ') ?? '',
    one.changed_by ?? '',
  ]);
  const titles = ['path', 'from', 'version', 'changed (UTC)', 'by'];
  return renderTable(
    titles.map((title) => ({ title, isWhole: title === 'path' })),
    rows,
    frame,
  );
}

async function getConfig(
  invocation: Invocation,
  path: string,
  { version }: VersionOption,
): Promise<void> {
  const found = await withTenant(invocation, ({ client }) => client.getConfig(path, { version }));
  answer(invocation.out, found, ({ content }) => content.replace(/\n$/, '').split('\n'));
}

async function putConfig(
  invocation: Invocation,
  path: string,
  ...[file = path, { replaces }]: [string | undefined, ReplaceOption]
): Promise<void> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    const { code } = cause as NodeJS.ErrnoException;
    throw fail('request_invalid', `'${file}' cannot be read (${code})`, {
      hint: 'Name the file to send behind the path of the config.',
      cause,
    });
  });
  const ifMatch = parseVersion(replaces);
  const written = await withTenant(invocation, ({ client }) =>
    client.putConfig(path, { text, ifMatch }),
  );
  answer(invocation.out, written, ({ version }) => [`${path} has version ${version}`]);
}

async function deleteConfig(
  invocation: Invocation,
  path: string,
  { replaces }: ReplaceOption,
): Promise<void> {
  const ifMatch = parseVersion(replaces);
  const deleted = await withTenant(invocation, ({ client }) => client.deleteConfig(path, ifMatch));
  answer(invocation.out, deleted, ({ version }) => [
    `${path} is deleted, which is its version ${version}`,
  ]);
}

function parseVersion(text: string | undefined): number | undefined {
  if (text === undefined || /^\d{1,9}$/.test(text)) return text === undefined ? text : Number(text);
  throw fail('request_invalid', `'${text}' is not the number of a version`);
}
