import { Option } from 'commander';
import type { Command } from 'commander';
import { answer } from 'base/terminal/out.ts';
import { renderTable } from 'base/terminal/table.ts';
import type { TableFrame } from 'base/terminal/table.ts';
import type { DeliveryListAnswer } from '../../../server/api/contract/event.ts';
import { action } from '../../invocation.ts';
import type { Cli, Invocation } from '../../invocation.ts';
import { withWebhooks } from './with-webhooks.ts';

interface DeliveriesOptions {
  readonly state?: string;
  readonly limit: string;
  readonly before?: string;
}

/** `command` makes a command of the group. */
export function declareDeliveries(
  command: (name: string, description: string) => Command,
  cli: Cli,
): void {
  command('deliveries', 'Lists what was sent to a webhook or is to be, the newest first.')
    .argument('<webhook>', 'its id')
    .addOption(
      new Option('--state <state>', 'only those').choices(['waiting', 'delivered', 'dead']),
    )
    .option('--limit <count>', 'how many, up to 200', '20')
    .option('--before <sequence>', 'only those of earlier events')
    .action(action(cli, listDeliveries));
  command('redeliver', 'Sends again what was given up, or the events that are named.')
    .argument('<webhook>', 'its id')
    .argument('[sequence...]', 'of the events')
    .action(action(cli, redeliver));
}

async function listDeliveries(
  invocation: Invocation,
  webhookId: string,
  { state, limit, before }: DeliveriesOptions,
): Promise<void> {
  const { out } = invocation;
  const page = await withWebhooks(invocation, (client, root) =>
    client.listDeliveries(root, webhookId, { state, limit, before }),
  );
  answer(out, page, (shown) => [
    ...renderDeliveries(shown, out),
    ...(shown.before === null ? [] : [out.style.faint(`more: --before ${shown.before}`)]),
  ]);
}

function renderDeliveries({ deliveries }: DeliveryListAnswer, frame: TableFrame): string[] {
  if (deliveries.length === 0) return ['no deliveries'];
  const titles = ['sequence', 'run', 'state', 'attempts', 'when', 'last error'];
  const rows = deliveries.map((delivery) => [
    String(delivery.sequence),
    delivery.pipeline_logging_id ?? 'tenant',
    delivery.state,
    String(delivery.attempts),
    (delivery.settled_at ?? delivery.due_at).slice(5, 19).replace('T', ' '),
    delivery.last_error ?? '',
  ]);
  return renderTable(
    titles.map((title) => ({ title, isWhole: title === 'run' })),
    rows,
    frame,
  );
}

async function redeliver(
  invocation: Invocation,
  webhookId: string,
  sequences: readonly string[],
): Promise<void> {
  const events = sequences.length === 0 ? undefined : sequences.map(Number);
  const sent = await withWebhooks(invocation, (client, root) =>
    client.redeliver(root, webhookId, { events }),
  );
  answer(invocation.out, sent, ({ redelivered }) => [`${redelivered} deliveries are sent again`]);
}
