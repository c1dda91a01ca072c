import type { Command } from 'commander';
import { action } from '../../invocation.ts';
import type { Cli, Invocation } from '../../invocation.ts';
import { answer } from 'base/terminal/out.ts';
import { withPlatform } from '../../client/with-platform.ts';

export function declareBootstrap(parent: Command, cli: Cli): void {
  parent
    .command('bootstrap')
    .summary('make the tables of the platform')
    .description('Makes the control tables; what is there stays as it is.')
    .action(action(cli, bootstrap));
}

async function bootstrap(invocation: Invocation): Promise<void> {
  const made = await withPlatform(invocation, { worker: false }, ({ client }) =>
    client.bootstrap(),
  );
  answer(invocation.out, made, ({ message, dataset, tables_created }) => [
    `${message} (schema ${dataset}, ${tables_created} tables)`,
  ]);
}
