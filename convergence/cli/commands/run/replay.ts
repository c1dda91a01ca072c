import type { Command } from 'commander';
import { action } from '../../invocation.ts';
import type { Cli, Invocation } from '../../invocation.ts';
import { withTenant } from '../../client/with-platform.ts';
import { tenantOption } from '../tenant-option.ts';
import { collect, readParameters } from './parameters.ts';
import { showRun } from './run.ts';

interface ReplayOptions {
  readonly param?: readonly string[];
  readonly watch?: boolean;
}

export function declareReplay(parent: Command, cli: Cli): void {
  parent
    .command('replay')
    .summary('run again from the first step, with other parameters if wanted')
    .description('Starts a new run from the first step, with the parameters of the old one.')
    .argument('<run>', 'id of a run of any state')
    .addOption(tenantOption())
    .option('--param <name=value>', 'in place of what the old run had; may be repeated', collect)
    .option('--watch', 'show progress, then a summary')
    .action(action(cli, replayRun));
}

async function replayRun(
  invocation: Invocation,
  runId: string,
  { param = [], watch }: ReplayOptions,
): Promise<number | void> {
  return withTenant(
    invocation,
    async (session) => {
      const { client } = session;
      const { pipeline_id: pipeline } = await client.getRun(runId);
      const parameters = await readParameters(client, pipeline, param);
      const { pipeline_logging_id } = await client.replayRun(runId, { parameters });
      return showRun(invocation, session, { runId: pipeline_logging_id, watch });
    },
    { worker: true },
  );
}
