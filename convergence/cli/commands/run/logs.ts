import type { Command } from 'commander';
import type { LogEvent } from '../../../server/api/contract/run/run-log.ts';
import type { ApiClient } from '../../client/api-client.ts';
import { followLog } from '../../client/follow-log.ts';
import { listenForInterrupt } from 'base/terminal/interrupt.ts';
import { action } from '../../invocation.ts';
import type { Cli, Invocation } from '../../invocation.ts';
import { renderLogLine } from '../../render/log-line.ts';
import { withTenant } from '../../client/with-platform.ts';
import { tenantOption } from '../tenant-option.ts';

export function declareLogs(parent: Command, cli: Cli): void {
  parent
    .command('logs')
    .summary('show the log of a run')
    .description('Shows the log of a run, times in UTC; with --json every event on a line.')
    .argument('<run>', 'id of the run')
    .addOption(tenantOption())
    .option('-f, --follow', 'go on until the run has ended')
    .action(action(cli, showLog));
}

async function showLog(
  invocation: Invocation,
  runId: string,
  { follow }: { follow?: boolean },
): Promise<void> {
  const { out } = invocation;
  await withTenant(
    invocation,
    async ({ client }) => {
      const events = follow
        ? followLog(client, runId, listenForInterrupt())
        : readLog(client, runId);
      for await (const event of events) {
        if (event.kind === 'progress') continue;
        if (out.isJson) out.json(event);
        else out.line(renderLogLine(event, out.style));
      }
    },
    { worker: follow === true },
  );
}

async function* readLog(client: ApiClient, runId: string): AsyncGenerator<LogEvent> {
  for (let after = 0, more = true; more;) {
    const page = await client.readLog(runId, after);
    yield* page.events;
    ({ after, more } = page);
  }
}
