import { Option } from 'commander';
import type { Command } from 'commander';
import { answer } from 'base/terminal/out.ts';
import type { Out } from 'base/terminal/out.ts';
import { renderTable } from 'base/terminal/table.ts';
import { BACKFILL_STEPS } from '../../../engine/run/many/split-range.ts';
import type { BackfillStep } from '../../../engine/run/many/split-range.ts';
import type { BackfillAnswer } from '../../../server/api/contract/run/backfill.ts';
import { withTenant } from '../../client/with-platform.ts';
import { action } from '../../invocation.ts';
import type { Cli, Invocation } from '../../invocation.ts';
import { paintStatus } from '../../render/run-summary.ts';
import { tenantOption } from '../tenant-option.ts';
import { collect, readParameters } from './parameters.ts';

interface StartOptions {
  readonly from: string;
  readonly to: string;
  readonly step: BackfillStep;
  readonly param?: readonly string[];
  readonly concurrency: string;
  readonly dryRun?: boolean;
}

export function declareBackfill(parent: Command, cli: Cli): void {
  const backfill = parent
    .command('backfill')
    .summary('run a pipeline for each day, week or month of the past')
    .description('One run for each interval of a range of days, seen and cancelled as one group.');
  declareStart(backfill, cli);
  backfill
    .command('show')
    .description('Shows how far a backfill is.')
    .argument('<group>', 'group_id, as backfill start told it')
    .addOption(tenantOption())
    .action(action(cli, showBackfill));
  backfill
    .command('cancel')
    .description('Ends the runs of a backfill that have not ended.')
    .argument('<group>', 'group_id')
    .addOption(tenantOption())
    .action(action(cli, cancelBackfill));
}

function declareStart(backfill: Command, cli: Cli): void {
  backfill
    .command('start')
    .description('Queues one run for each interval, the oldest first.')
    .argument('<pipeline>', 'pipeline_id')
    .addOption(tenantOption())
    .requiredOption('--from <day>', 'first day, such as 2026-01-01')
    .requiredOption('--to <day>', 'first day that is left out')
    .addOption(
      new Option('--step <step>', 'one run for each').choices(BACKFILL_STEPS).default('day'),
    )
    .option('--param <name=value>', 'a parameter of every run; may be repeated', collect)
    .option('--concurrency <count>', 'runs at the same time', '1')
    .option('--dry-run', 'only list the intervals')
    .action(action(cli, startBackfill));
}

async function startBackfill(
  invocation: Invocation,
  pipeline: string,
  options: StartOptions,
): Promise<void> {
  const { from, to, step, param = [], dryRun } = options;
  await withTenant(invocation, async ({ client }) => {
    const parameters = await readParameters(client, pipeline, param);
    const body = { from, to, step, parameters, concurrency: Number(options.concurrency) };
    if (dryRun) {
      const plan = await client.planBackfill(pipeline, body);
      return answer(invocation.out, plan, ({ intervals }) => [
        `${intervals.length} runs:`,
        ...intervals.map((one) => `  ${one.interval_start} up to ${one.interval_end}`),
      ]);
    }
    const started = await client.startBackfill(pipeline, body);
    return show(invocation.out, started);
  });
}

async function showBackfill(invocation: Invocation, group: string): Promise<void> {
  show(invocation.out, await withTenant(invocation, ({ client }) => client.getBackfill(group)));
}

async function cancelBackfill(invocation: Invocation, group: string): Promise<void> {
  show(invocation.out, await withTenant(invocation, ({ client }) => client.cancelBackfill(group)));
}

function show(out: Out, backfill: BackfillAnswer): void {
  answer(out, backfill, (shown) => {
    const counts = Object.entries(shown.counts).filter(([, count]) => count > 0);
    const title = `backfill ${shown.group_id} of ${shown.pipeline_id} is ${shown.status}: `;
    return [
      title + counts.map(([status, count]) => `${count} ${status}`).join(', '),
      ...renderIntervals(shown, out),
    ];
  });
}

function renderIntervals({ intervals }: BackfillAnswer, out: Out): string[] {
  const columns = [
    { title: 'from', isWhole: true },
    { title: 'up to', isWhole: true },
    { title: 'run', isWhole: true },
    { title: 'status', paint: (text: string) => paintStatus(text, out.style) },
    { title: 'reason' },
  ];
  const rows = intervals.map((one) => [
    one.interval_start,
    one.interval_end,
    one.pipeline_logging_id,
    one.status,
    one.failure?.message ?? '',
  ]);
  return renderTable(columns, rows, out);
}
