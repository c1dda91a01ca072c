import type { Command } from 'commander';
import { answer } from 'base/terminal/out.ts';
import { renderTable } from 'base/terminal/table.ts';
import type { TableFrame } from 'base/terminal/table.ts';
import type {
  QueueListAnswer,
  StandingAnswer,
  WorkerListAnswer,
} from '../../../server/api/contract/run/queue.ts';
import { withPlatform } from '../../client/with-platform.ts';
import { action } from '../../invocation.ts';
import type { Cli, Invocation } from '../../invocation.ts';
import { renderAge } from '../../render/age.ts';
import { declareQueuePauses } from './pause.ts';

export function declareQueue(parent: Command, cli: Cli): void {
  const queue = parent
    .command('queue')
    .summary('see what waits and who works; pause, resume and drain')
    .helpCommand(false);
  queue
    .command('list')
    .description('Shows how much waits and runs in each queue, and which tenants are paused.')
    .action(action(cli, listQueues));
  queue
    .command('workers')
    .description('Lists the processes that execute runs.')
    .action(action(cli, listWorkers));
  declareQueuePauses(queue, cli);
}

async function listQueues(invocation: Invocation): Promise<void> {
  const found = await withPlatform(invocation, { worker: false }, ({ client }) =>
    client.listQueues(),
  );
  answer(invocation.out, found, (list) => renderQueues(list, invocation.out));
}

function renderQueues({ queues, paused_tenants }: QueueListAnswer, frame: TableFrame): string[] {
  const lines = renderStandings(
    'queue',
    queues.map(({ queue, ...standing }) => [queue, standing]),
    frame,
  );
  if (paused_tenants.length === 0) return lines;
  const tenants = paused_tenants.map(
    ({ tenant_id, ...standing }) => [tenant_id, standing] as [string, StandingAnswer],
  );
  return [...lines, '', ...renderStandings('paused tenant', tenants, frame)];
}

function renderStandings(
  title: string,
  standings: readonly [name: string, StandingAnswer][],
  frame: TableFrame,
): string[] {
  const side = 'right' as const;
  const columns = [
    { title },
    { title: 'state' },
    { title: 'waiting', side },
    { title: 'oldest', side },
    { title: 'running', side },
    { title: 'paused by' },
  ];
  const rows = standings.map(([name, one]) => [
    name,
    one.state,
    String(one.depth),
    one.depth === 0 ? '' : renderAge(one.oldest_seconds),
    String(one.running),
    one.paused_by ?? '',
  ]);
  return renderTable(columns, rows, frame);
}

async function listWorkers(invocation: Invocation): Promise<void> {
  const found = await withPlatform(invocation, { worker: false }, ({ client }) =>
    client.listWorkers(),
  );
  answer(invocation.out, found, (list) => renderWorkers(list, invocation.out));
}

function renderWorkers({ workers }: WorkerListAnswer, frame: TableFrame): string[] {
  if (workers.length === 0) return ['no workers; `convergence worker` starts one'];
  const titles = ['worker', 'queues', 'running', 'places', 'since', 'last heard of'];
  const rows = workers.map((one) => [
    one.worker,
    one.queues.length === 4 ? 'all' : one.queues.join(','),
    String(one.running),
    one.places_min === one.places_max
      ? String(one.places_max)
      : `${one.places_min} to ${one.places_max}`,
    one.started_at.slice(0, 19).replace('T', ' '),
    `${one.seen_at.slice(11, 19)}${one.is_lost ? ', lost' : ''}`,
  ]);
  return renderTable(
    titles.map((title) => ({ title })),
    rows,
    frame,
  );
}
