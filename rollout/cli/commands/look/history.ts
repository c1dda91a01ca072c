import type { Command } from 'commander';
import { answer } from 'base/terminal/out.ts';
import type { Style } from 'base/terminal/style.ts';
import { renderTable } from 'base/terminal/table.ts';
import type { TableFrame } from 'base/terminal/table.ts';
import { fail } from '../../../engine/error-codes.ts';
import { parseEntry } from '../../../engine/rollout/entry.ts';
import type { Entry } from '../../../engine/rollout/entry.ts';
import { foldJournal } from '../../../engine/rollout/rollout-state.ts';
import { findPlace } from '../../input/find-place.ts';
import { makeReport } from '../../../engine/report/make-report.ts';
import { reportLines } from '../../../engine/report/report-lines.ts';
import { action } from '../../invocation.ts';
import type { Cli, Invocation } from '../../invocation.ts';
import { readRollout } from '../../follow/read-rollout.ts';
import { createEntryTeller } from '../../render/entry-line.ts';
import { rolloutDocument } from '../../render/rollout-document.ts';
import type { RolloutDocument } from '../../render/rollout-document.ts';
import { addTargetOptions, resolveTarget } from '../../input/target.ts';
import type { TargetOptions } from '../../input/target.ts';
import { withRollout } from '../../wire.ts';

interface HistoryOptions extends TargetOptions {
  readonly rollout?: string;
  readonly limit: string;
}

export function declareHistory(parent: Command, cli: Cli): void {
  addTargetOptions(parent.command('history'))
    .summary('list past rollouts, or tell one')
    .description(
      'Lists the rollouts of a service, the newest first; with --rollout, all records of one.',
    )
    .option('--rollout <id>', 'tell this one, record by record')
    .option('--limit <count>', 'so many rollouts', '10')
    .action(action(cli, showHistory));
}

async function showHistory(
  invocation: Invocation,
  environment: string | undefined,
  options: HistoryOptions,
): Promise<void> {
  const limit = Number(options.limit);
  if (!Number.isInteger(limit) || limit < 1) {
    throw fail('flag_invalid', `--limit is '${options.limit}', expected a number from 1`);
  }
  const target = await resolveTarget(invocation, environment, options);
  const { rollout } = options;
  if (rollout !== undefined) return tellRollout(invocation, target, rollout);
  const rollouts = await withRollout(invocation, target, async ({ journal }) => {
    const ids = (await journal.list(target.ref)).slice(0, limit);
    return Promise.all(ids.map((id) => readRollout({ ref: target.ref, rolloutId: id }, journal)));
  });
  const { out } = invocation;
  answer(out, rollouts.map(rolloutDocument), (documents) => renderHistory(documents, out));
}

async function tellRollout(
  invocation: Invocation,
  target: Awaited<ReturnType<typeof resolveTarget>>,
  rolloutId: string,
): Promise<void> {
  const { out } = invocation;
  const entries = await withRollout(invocation, target, async ({ journal }) => {
    const place = await findPlace(journal, target.ref, rolloutId);
    return (await journal.read(place)).map(parseEntry);
  });
  answer(out, entries, (all) => [
    ...renderEntries(all, out.style),
    '',
    ...reportLines(makeReport(all)),
  ]);
}

function renderEntries(entries: readonly Entry[], style: Style): string[] {
  const tell = createEntryTeller(style);
  return entries.flatMap((entry, at) => tell(entry, foldJournal(entries.slice(0, at + 1))) ?? []);
}

function renderHistory(states: readonly RolloutDocument[], frame: TableFrame): string[] {
  if (states.length === 0) return ['no rollouts yet; `rollout deploy` begins one'];
  const columns = [
    { title: 'rollout', isWhole: true },
    { title: 'began', paint: frame.style.faint },
    { title: 'who' },
    { title: 'revision', isWhole: true },
    { title: 'outcome' },
    { title: 'why' },
  ];
  const rows = states.map((state) => [
    state.id,
    state.since.slice(0, 16).replace('T', ' '),
    state.who,
    state.canary,
    outcomeOf(state),
    state.why ?? '',
  ]);
  return renderTable(columns, rows, frame);
}

function outcomeOf({ outcome, held, phase }: RolloutDocument): string {
  if (outcome === 'rolledBack') return 'rolled back';
  return outcome ?? (held ? 'held' : phase);
}
