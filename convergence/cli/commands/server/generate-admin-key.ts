import { randomKey } from 'base/id.ts';
import type { Command } from 'commander';
import { action } from '../../invocation.ts';
import type { Cli, Invocation } from '../../invocation.ts';
import { answer } from 'base/terminal/out.ts';

export function declareGenerateAdminKey(parent: Command, cli: Cli): void {
  parent
    .command('generate-admin-key')
    .summary('print a new key for ADMIN_API_KEY')
    .description('Prints a new random key, to be set as ADMIN_API_KEY; it is kept nowhere.')
    .action(action(cli, generateAdminKey));
}

async function generateAdminKey({ out }: Invocation): Promise<void> {
  answer(out, { admin_key: randomKey() }, ({ admin_key }) => [admin_key]);
}
