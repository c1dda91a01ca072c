import type { Command } from 'commander';
import { action } from '../../invocation.ts';
import type { Cli, Invocation } from '../../invocation.ts';
import { withTenant } from '../../client/with-platform.ts';
import { tenantOption } from '../tenant-option.ts';
import { showRun } from './run.ts';

export function declareRestart(parent: Command, cli: Cli): void {
  parent
    .command('restart')
    .summary('run again what a run did not complete')
    .description(
      'Starts a new run with the same parameters from the first step that is not complete.',
    )
    .argument('<run>', 'id of the run that failed or was cancelled')
    .addOption(tenantOption())
    .option('--watch', 'show progress, then a summary')
    .action(action(cli, restartRun));
}

async function restartRun(
  invocation: Invocation,
  runId: string,
  { watch }: { watch?: boolean },
): Promise<number | void> {
  return withTenant(
    invocation,
    async (session) => {
      const { pipeline_logging_id } = await session.client.restartRun(runId);
      return showRun(invocation, session, { runId: pipeline_logging_id, watch });
    },
    { worker: true },
  );
}
