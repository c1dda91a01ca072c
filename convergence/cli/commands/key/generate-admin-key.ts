import { randomKey } from 'base/id.ts';
import { answer } from 'base/terminal/out.ts';
import type { Command } from 'commander';
import { fail } from '../../../engine/error-codes.ts';
import { withPlatform } from '../../client/with-platform.ts';
import { action } from '../../invocation.ts';
import type { Cli, Invocation } from '../../invocation.ts';
import { shortHash } from './stored-keys.ts';

interface GenerateOptions {
  readonly name?: string;
  readonly expires?: string;
}

export function declareGenerateAdminKey(parent: Command, cli: Cli): void {
  parent
    .command('generate-admin-key')
    .summary('make an admin key')
    .description(
      'With --name makes an admin key in the platform and shows it once. Without, only prints a ' +
        'new random key, to be set as ADMIN_API_KEY; that one is kept nowhere.',
    )
    .option('--name <name>', 'who has the key: a person or a system')
    .option('--expires <time>', 'RFC 3339, as 2027-01-31T00:00:00Z; needs --name')
    .action(action(cli, generateAdminKey));
}

async function generateAdminKey(
  invocation: Invocation,
  { name, expires }: GenerateOptions,
): Promise<void> {
  const { out } = invocation;
  if (name === undefined) {
    if (expires !== undefined) throw fail('request_invalid', '--expires needs --name');
    return answer(out, { admin_key: randomKey() }, ({ admin_key }) => [admin_key]);
  }
  const created = await withPlatform(invocation, { worker: false }, ({ client }) =>
    client.createAdminKey({ name, expires_at: expires }),
  );
  answer(out, created, ({ admin_key, hash }) => [
    `admin key, shown this once: ${out.style.strong(admin_key)}`,
    out.style.faint(`to revoke it: convergence admin-key revoke ${shortHash(hash)}`),
  ]);
}
