import { setTimeout as wait } from 'node:timers/promises';
import type { Command } from 'commander';
import { listenForInterrupt } from 'base/terminal/interrupt.ts';
import type { Out } from 'base/terminal/out.ts';
import type { EventListAnswer } from '../../../server/api/contract/event.ts';
import { withTenant } from '../../client/with-platform.ts';
import { action } from '../../invocation.ts';
import type { Cli, Invocation } from '../../invocation.ts';
import { paintStatus } from '../../render/run-summary.ts';
import { tenantOption } from '../tenant-option.ts';

const POLL_MS = 1_000;

interface EventsOptions {
  readonly after: string;
  readonly follow?: boolean;
}

export function declareEvents(parent: Command, cli: Cli): void {
  parent
    .command('events')
    .summary('show what happened to a tenant and its runs')
    .description('Shows every change of state of a tenant and of its runs, the oldest first.')
    .addOption(tenantOption())
    .option('--after <sequence>', 'only what came after this event', '0')
    .option('-f, --follow', 'go on until Ctrl-C')
    .action(action(cli, showEvents));
}

async function showEvents(
  invocation: Invocation,
  { after: start, follow }: EventsOptions,
): Promise<void> {
  const { out } = invocation;
  const signal = follow ? listenForInterrupt() : undefined;
  await withTenant(
    invocation,
    async ({ client }) => {
      for (let after: string | number = start; ;) {
        const page: EventListAnswer = await client.listEvents({ after });
        for (const event of page.events) showEvent(event, out);
        ({ after } = page);
        if (page.more) continue;
        if (!signal) return;
        await wait(POLL_MS, undefined, { signal }).catch(() => signal.throwIfAborted());
      }
    },
    { worker: follow === true },
  );
}

function showEvent(event: EventListAnswer['events'][number], out: Out): void {
  if (out.isJson) return out.json(event);
  const { data } = event;
  const { style } = out;
  const time = style.faint(event.time.slice(0, 19).replace('T', ' '));
  if ('change' in data) {
    return out.line(`${time}  tenant ${data.change}  ${style.faint(String(data.sequence))}`);
  }
  const what = data.step === null ? 'run' : `step ${data.step}`;
  const status = paintStatus(data.status, style);
  const id = style.faint(`${data.sequence} ${data.pipeline_logging_id}`);
  const code = data.code === null ? '' : ` [${data.code}]`;
  out.line(`${time}  ${data.pipeline_id}  ${what} ${status}${code}  ${id}`);
}
