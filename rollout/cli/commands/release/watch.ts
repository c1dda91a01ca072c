import type { Command } from 'commander';
import { listenForInterrupt } from 'base/terminal/interrupt.ts';
import type { Out } from 'base/terminal/out.ts';
import type { JournalPlace } from '../../../engine/apply/journal-store.ts';
import type { RolloutDeps } from '../../../engine/rollout/rollout-deps.ts';
import { exitCodeOfRollout } from '../../follow/exit-code.ts';
import { findPlace } from '../../input/find-place.ts';
import { followJournal } from '../../follow/follow-journal.ts';
import { action } from '../../invocation.ts';
import type { Cli, Invocation } from '../../invocation.ts';
import { showRollout } from '../../follow/show-rollout.ts';
import { addTargetOptions, resolveTarget } from '../../input/target.ts';
import type { TargetOptions } from '../../input/target.ts';
import { withRollout } from '../../wire.ts';

interface WatchOptions extends TargetOptions {
  readonly rollout?: string;
}

export function declareWatch(parent: Command, cli: Cli): void {
  addTargetOptions(parent.command('watch'))
    .summary('follow a rollout that another process runs')
    .description(
      'Shows a rollout from its first record to its end, and ends with its exit code. Only looks:\n' +
        'Ctrl-C stops the looking and nothing else.',
    )
    .option('--rollout <id>', 'which rollout; the newest by default')
    .action(action(cli, watch));
}

async function watch(
  invocation: Invocation,
  environment: string | undefined,
  options: WatchOptions,
): Promise<number> {
  const target = await resolveTarget(invocation, environment, options);
  return withRollout(invocation, target, async (deps) => {
    const place = await findPlace(deps.journal, target.ref, options.rollout);
    return watchRollout(place, deps, invocation.out);
  });
}

/** Shows until the end and gives the rollout's exit code. */
export async function watchRollout(
  place: JournalPlace,
  deps: RolloutDeps,
  out: Out,
): Promise<number> {
  const last = await showRollout(followJournal(place, deps, listenForInterrupt()), out);
  return exitCodeOfRollout(last ?? { outcome: null });
}
