import { readFile } from 'node:fs/promises';
import { text as readText } from 'node:stream/consumers';
import { answer } from 'base/terminal/out.ts';
import { renderTable } from 'base/terminal/table.ts';
import type { Command } from 'commander';
import { fail } from '../../../engine/error-codes.ts';
import { withTenant } from '../../client/with-platform.ts';
import { action } from '../../invocation.ts';
import type { Cli, Invocation } from '../../invocation.ts';
import { tenantOption } from '../tenant-option.ts';

const AFTERWORD = `
The value is the file, or what comes in on standard input, without a last line
break. It is never an argument, which others could see in the list of processes:
  convergence credential put warehouse_token --tenant acme < token.txt`;

export function declareCredential(parent: Command, cli: Cli): void {
  const credential = parent
    .command('credential')
    .summary('store, list and delete credentials of a tenant')
    .description('Encrypted values of a tenant, which its configs name as {{ secrets.NAME }}.')
    .helpCommand(false);
  credential
    .command('put')
    .description('Stores a credential, or replaces its value.')
    .argument('<name>', 'as configs name it')
    .addOption(tenantOption())
    .option('--file <path>', 'holds the value; standard input when left out')
    .addHelpText('after', AFTERWORD)
    .action(action(cli, putCredential));
  credential
    .command('list')
    .description('Lists names and dates; no value is ever shown.')
    .addOption(tenantOption())
    .action(action(cli, listCredentials));
  credential
    .command('delete')
    .description('Deletes a credential; configs that name it cannot run any more.')
    .argument('<name>', 'of the credential')
    .addOption(tenantOption())
    .action(action(cli, deleteCredential));
}

async function putCredential(
  invocation: Invocation,
  name: string,
  { file }: { file?: string },
): Promise<void> {
  const { out } = invocation;
  if (file === undefined && process.stdin.isTTY) {
    out.note('Paste the value, then press Enter and Ctrl-D.');
  }
  const content = file === undefined ? await readText(process.stdin) : await readValue(file);
  const value = content.replace(/\r?\n$/, '');
  if (value === '') {
    throw fail('request_invalid', `The value of ${name} is empty`, {
      hint: 'Give it with --file, or on standard input.',
    });
  }
  const stored = await withTenant(invocation, ({ client }) =>
    client.putCredential(name, { value }),
  );
  answer(out, stored, ({ rotated_at }) => [
    `credential ${name} is ${rotated_at === null ? 'stored' : 'replaced'}; configs name it {{ secrets.${name} }}`,
  ]);
}

async function readValue(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw fail('request_invalid', `--file is '${path}', which cannot be read (${code})`, { cause });
  }
}

async function listCredentials(invocation: Invocation): Promise<void> {
  const { out } = invocation;
  const list = await withTenant(invocation, ({ client }) => client.listCredentials());
  answer(out, list, ({ credentials }) => {
    if (credentials.length === 0) return ['no credentials'];
    const columns = ['name', 'stored', 'replaced', 'by'].map((title) => ({ title }));
    const rows = credentials.map((one) => [
      one.name,
      one.created_at.slice(0, 10),
      one.rotated_at?.slice(0, 10) ?? 'never',
      one.created_by,
    ]);
    return renderTable(columns, rows, out);
  });
}

async function deleteCredential(invocation: Invocation, name: string): Promise<void> {
  await withTenant(invocation, ({ client }) => client.deleteCredential(name));
  answer(invocation.out, { name, deleted: true }, () => [`credential ${name} is deleted`]);
}
