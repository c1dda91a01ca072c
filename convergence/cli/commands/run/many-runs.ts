import type { Command } from 'commander';
import { systemClock } from 'base/clock.ts';
import { answer } from 'base/terminal/out.ts';
import { fail } from '../../../engine/error-codes.ts';
import type { ManyRunsAnswer } from '../../../server/api/contract/run/many-runs.ts';
import { withTenant } from '../../client/with-platform.ts';
import { action } from '../../invocation.ts';
import type { Cli, Invocation } from '../../invocation.ts';
import { tenantOption } from '../tenant-option.ts';
import { addFilterOptions, readFilter } from './run-filter.ts';
import type { FilterOptions } from './run-filter.ts';

interface ManyOptions extends FilterOptions {
  readonly all?: boolean;
  readonly max: string;
  readonly dryRun?: boolean;
}

interface Change {
  readonly name: 'cancel' | 'restart';
  readonly done: string;
  readonly states: readonly string[];
  readonly summary: string;
  readonly description: string;
}

const CHANGES: readonly Change[] = [
  {
    name: 'cancel',
    done: 'cancelled',
    states: ['PENDING', 'RUNNING'],
    summary: 'end all runs that fit',
    description:
      'Ends the runs that fit and have not ended: waiting ones at once, the others soon.',
  },
  {
    name: 'restart',
    done: 'restarted',
    states: ['FAILED', 'CANCELLED'],
    summary: 'restart all runs that fit, each once',
    description:
      'Restarts the runs that fit, FAILED ones where --status says nothing else, from the first step that is not complete. What was restarted before is left alone, so it may be repeated.',
  },
];

/** `runs cancel` and `runs restart`. */
export function declareManyRuns(runs: Command, cli: Cli): void {
  for (const change of CHANGES) {
    const command = runs
      .command(change.name)
      .summary(change.summary)
      .description(change.description)
      .addOption(tenantOption());
    addFilterOptions(command, change.states)
      .option('--all', 'needed where nothing else says which runs')
      .option('--max <count>', 'change at most so many, the oldest first; up to 1000', '100')
      .option('--dry-run', 'only count them')
      .action(
        action(cli, (invocation: Invocation, options: ManyOptions) =>
          changeMany(invocation, change, options),
        ),
      );
  }
}

async function changeMany(
  invocation: Invocation,
  change: Change,
  options: ManyOptions,
): Promise<void> {
  // Commander gives options that `runs` has too to `runs`.
  const filter = readFilter({ ...options, ...invocation.options }, systemClock.now());
  if (!options.all && Object.values(filter).every((value) => value === undefined)) {
    throw fail('request_invalid', `Which runs? Nothing says which to ${change.name}`, {
      hint: 'Add --pipeline, --status, --since or another filter, or --all.',
    });
  }
  const body = { ...filter, limit: Number(options.max), dry_run: options.dryRun ?? false };
  const report = await withTenant(invocation, ({ client }) =>
    change.name === 'cancel' ? client.cancelRuns(body) : client.restartRuns(body),
  );
  answer(invocation.out, report, () => reportLines(report, change));
}

function reportLines(report: ManyRunsAnswer, { name, done }: Change): string[] {
  if (report.dry_run) return [`${report.matched} runs fit; without --dry-run they are ${done}`];
  const left = report.matched - report.done.length - report.refused.length;
  return [
    `${report.done.length} of ${report.matched} runs are ${done}`,
    ...(left > 0 ? [`${left} were beyond --max: call it again`] : []),
    ...report.refused.map(
      ({ pipeline_logging_id: runId, failure }) =>
        `no ${name} of ${runId}: ${failure.message} [${failure.code}]`,
    ),
  ];
}
