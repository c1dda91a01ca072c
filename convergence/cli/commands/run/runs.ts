import type { Command } from 'commander';
import { systemClock } from 'base/clock.ts';
import type { RunAnswer } from '../../../server/api/contract/run/run.ts';
import { action } from '../../invocation.ts';
import type { Cli, Invocation } from '../../invocation.ts';
import { answer } from 'base/terminal/out.ts';
import { formatElapsed } from 'base/terminal/amount.ts';
import { paintStatus } from '../../render/run-summary.ts';
import { renderTable } from 'base/terminal/table.ts';
import type { TableFrame } from 'base/terminal/table.ts';
import { withTenant } from '../../client/with-platform.ts';
import { tenantOption } from '../tenant-option.ts';
import { declareManyRuns } from './many-runs.ts';
import { addFilterOptions, readFilter } from './run-filter.ts';
import type { FilterOptions } from './run-filter.ts';

const STATUSES = ['PENDING', 'RUNNING', 'COMPLETE', 'FAILED', 'CANCELLED'];

interface RunsOptions extends FilterOptions {
  readonly limit: string;
  readonly cursor?: string;
}

export function declareRuns(parent: Command, cli: Cli): void {
  const runs = parent
    .command('runs')
    .summary('list runs')
    .description('Lists the runs of a tenant, the newest first.')
    .addOption(tenantOption());
  addFilterOptions(runs, STATUSES)
    .option('--limit <count>', 'how many, up to 200', '20')
    .option('--cursor <cursor>', 'next_cursor of the page before')
    .action(action(cli, listRuns));
  declareManyRuns(runs, cli);
}

async function listRuns(invocation: Invocation, options: RunsOptions): Promise<void> {
  const { limit, cursor } = options;
  const query = { ...readFilter(options, systemClock.now()), limit, cursor };
  const page = await withTenant(invocation, ({ client }) => client.listRuns(query));
  const { out } = invocation;
  answer(out, page, ({ runs, next_cursor }) => [
    ...renderRuns(runs, out),
    ...(next_cursor === null ? [] : [out.style.faint(`more: --cursor ${next_cursor}`)]),
  ]);
}

function renderRuns(runs: readonly RunAnswer[], frame: TableFrame): string[] {
  if (runs.length === 0) return ['no runs'];
  const columns = [
    { title: 'run', isWhole: true },
    { title: 'pipeline' },
    { title: 'status', paint: (text: string) => paintStatus(text, frame.style) },
    { title: 'created', isWhole: true },
    { title: 'time', side: 'right' as const },
  ];
  const rows = runs.map((run) => [
    run.pipeline_logging_id,
    run.pipeline_id,
    run.status,
    run.created_at.slice(5, 16).replace('T', ' '),
    timeOf(run),
  ]);
  return renderTable(columns, rows, frame);
}

function timeOf({ started_at, finished_at }: RunAnswer): string {
  if (started_at === null || finished_at === null) return '';
  return formatElapsed(Date.parse(finished_at) - Date.parse(started_at));
}
