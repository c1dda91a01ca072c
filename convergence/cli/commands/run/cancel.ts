import type { Command } from 'commander';
import { action } from '../../invocation.ts';
import type { Cli, Invocation } from '../../invocation.ts';
import { answer } from 'base/terminal/out.ts';
import { withTenant } from '../../client/with-platform.ts';
import { tenantOption } from '../tenant-option.ts';

export function declareCancel(parent: Command, cli: Cli): void {
  parent
    .command('cancel')
    .summary('end a run')
    .description('Ends a run: at once while it waits, at its next safe point while it runs.')
    .argument('<run>', 'id of the run')
    .addOption(tenantOption())
    .action(action(cli, cancelRun));
}

async function cancelRun(invocation: Invocation, runId: string): Promise<void> {
  const run = await withTenant(invocation, async ({ client }) => {
    await client.cancelRun(runId);
    return client.getRun(runId);
  });
  answer(invocation.out, run, ({ status }) => [
    status === 'CANCELLED' ? `run ${runId} is CANCELLED` : `run ${runId} is told to stop`,
  ]);
}
