import type { Command } from 'commander';
import { answer } from 'base/terminal/out.ts';
import { renderTable } from 'base/terminal/table.ts';
import type { TableFrame } from 'base/terminal/table.ts';
import type { EventType } from '../../../engine/event/pipeline-event.ts';
import type { WebhookAnswer } from '../../../server/api/contract/event.ts';
import { action } from '../../invocation.ts';
import type { Cli, Invocation } from '../../invocation.ts';
import { tenantOption } from '../tenant-option.ts';
import { declareDeliveries } from './deliveries.ts';
import { withWebhooks } from './with-webhooks.ts';

const AFTERWORD = `
With --tenant, or the API key of a tenant, these are webhooks of that tenant;
without, those of the operator, which get the events of all tenants.`;

export function declareWebhook(parent: Command, cli: Cli): void {
  const webhook = parent
    .command('webhook')
    .summary('send events to URLs, and see how that goes')
    .helpCommand(false);
  const command = (name: string, description: string) =>
    webhook.command(name).description(description).addOption(tenantOption());
  command('add', 'Registers a URL for events and shows the secret that signs them once.')
    .argument('<url>', 'where events are sent with POST')
    .option('--events <types>', 'with commas between; default: all of runs and tenants')
    .addHelpText('after', AFTERWORD)
    .action(action(cli, addWebhook));
  command('list', 'Lists webhooks, and the channels that pipelines notify.').action(
    action(cli, listWebhooks),
  );
  command('test', 'Sends a test and says what came of it. Exit code 1 when it fails.')
    .argument('<webhook>', 'its id')
    .action(action(cli, testWebhook));
  command('remove', 'Removes a webhook with what waits for it.')
    .argument('<webhook>', 'its id')
    .action(action(cli, removeWebhook));
  declareDeliveries(command, cli);
}

async function addWebhook(
  invocation: Invocation,
  url: string,
  { events }: { events?: string },
): Promise<void> {
  const { out } = invocation;
  const types = events?.split(',').map((type) => type.trim()) as EventType[] | undefined;
  const made = await withWebhooks(invocation, (client, root) =>
    client.createWebhook(root, { url, events: types }),
  );
  answer(out, made, ({ webhook_id, secret }) => [
    `webhook ${webhook_id} gets ${made.events.join(', ')}`,
    `secret, shown this once: ${out.style.strong(secret)}`,
    out.style.faint(`try it: convergence webhook test ${webhook_id}`),
  ]);
}

async function listWebhooks(invocation: Invocation): Promise<void> {
  const { out } = invocation;
  const list = await withWebhooks(invocation, (client, root) => client.listWebhooks(root));
  answer(out, list, ({ webhooks }) => renderWebhooks(webhooks, out));
}

function renderWebhooks(webhooks: readonly WebhookAnswer[], frame: TableFrame): string[] {
  if (webhooks.length === 0) return ['no webhooks; `convergence webhook add URL` makes one'];
  const titles = ['webhook', 'to', 'of', 'waiting', 'dead', 'state'];
  const rows = webhooks.map((webhook) => [
    webhook.webhook_id,
    `${webhook.kind === 'webhook' ? '' : `${webhook.kind} `}${webhook.address}`,
    webhook.pipeline_id ?? 'registered',
    String(webhook.waiting),
    String(webhook.dead),
    stateOf(webhook),
  ]);
  const columns = titles.map((title) => ({ title, isWhole: title === 'webhook' }));
  return renderTable(columns, rows, frame);
}

function stateOf({ failures, last_error, last_delivered_at }: WebhookAnswer): string {
  if (failures > 0) return `fails (${failures}): ${last_error ?? ''}`;
  return last_delivered_at === null ? 'unused' : `delivered ${last_delivered_at.slice(0, 16)}`;
}

async function testWebhook(invocation: Invocation, webhookId: string): Promise<number | void> {
  const result = await withWebhooks(invocation, (client, root) =>
    client.testWebhook(root, webhookId),
  );
  answer(invocation.out, result, ({ delivered, error, elapsed_ms }) => [
    delivered ? `delivered in ${elapsed_ms} ms` : `not delivered: ${error ?? ''}`,
  ]);
  if (!result.delivered) return 1;
}

async function removeWebhook(invocation: Invocation, webhookId: string): Promise<void> {
  await withWebhooks(invocation, (client, root) => client.deleteWebhook(root, webhookId));
  answer(invocation.out, { webhook_id: webhookId }, () => [`webhook ${webhookId} is removed`]);
}
