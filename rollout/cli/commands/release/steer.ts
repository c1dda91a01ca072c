import type { Command as CliCommand } from 'commander';
import { parseDuration } from 'base/duration.ts';
import { fail } from '../../../engine/error-codes.ts';
import { commandRollout } from '../../../engine/rollout/by-hand/command-rollout.ts';
import type { Command } from '../../../engine/rollout/entry.ts';
import type { RolloutDeps } from '../../../engine/rollout/rollout-deps.ts';
import { isOwnerAlive } from '../../../engine/rollout/rollout-state.ts';
import type { RolloutState } from '../../../engine/rollout/rollout-state.ts';
import type { JournalPlace } from '../../../engine/apply/journal-store.ts';
import { readRollout } from '../../follow/read-rollout.ts';
import { ROLLED_BACK } from '../../follow/exit-code.ts';
import { findPlace } from '../../input/find-place.ts';
import { action } from '../../invocation.ts';
import type { Cli, Invocation } from '../../invocation.ts';
import { runRollout } from '../../follow/run-rollout.ts';
import { rolloutDocument } from '../../render/rollout-document.ts';
import { addTargetOptions, resolveTarget } from '../../input/target.ts';
import type { TargetOptions } from '../../input/target.ts';
import { withRollout } from '../../wire.ts';
import { watchRollout } from './watch.ts';

interface SteerOptions extends TargetOptions {
  readonly rollout?: string;
  readonly reason: string;
  readonly for: string;
  readonly exitOnHold?: boolean;
  readonly takeOver?: boolean;
}

interface Steering {
  readonly summary: string;
  readonly description: string;
  readonly command: (options: SteerOptions) => Command;
  /** Wants the end of the rollout: stays until then, also when another process runs it. */
  readonly ends?: true;
}

const STEERINGS: Readonly<Record<string, Steering>> = {
  approve: {
    summary: 'let a rollout begin that waits for it',
    description:
      'Opens the gate of a rollout that waits for approval; nothing has moved until then.',
    command: () => ({ name: 'approve' }),
  },
  promote: {
    summary: 'go on to the next step now',
    description: 'Ends the present step, or a hold, as a success: you judge instead of the judge.',
    command: () => ({ name: 'promote' }),
  },
  hold: {
    summary: 'stop where it is until somebody decides',
    description: 'Keeps the traffic as it is. When the time is over, the rollout is aborted.',
    command: (options) => ({
      name: 'hold',
      forMs: readDuration(options.for),
      reason: options.reason,
    }),
  },
  resume: {
    summary: 'go on with a rollout, from any machine',
    description:
      'Takes up a rollout that nobody runs, wherever it was begun and however it was left, and ends a\n' +
      'hold. Only the service has to be named, by rollout.yaml or by options.',
    command: () => ({ name: 'resume' }),
  },
  retry: {
    summary: 'try again what failed',
    description: 'Tries the failed proof or write of a rollout again.',
    command: () => ({ name: 'retry' }),
  },
  abort: {
    summary: 'take the release back and end the rollout',
    description:
      'Moves all traffic back to the stable revision in one write, and ends the rollout.',
    command: ({ reason }) => ({ name: 'abort', reason }),
    ends: true,
  },
};

export function declareSteering(parent: CliCommand, cli: Cli): void {
  for (const [name, steering] of Object.entries(STEERINGS)) {
    const command = addTargetOptions(parent.command(name))
      .summary(steering.summary)
      .description(steering.description)
      .option('--rollout <id>', 'which rollout; the newest by default')
      .option('--exit-on-hold', 'end with 11 when a person has to decide, instead of waiting')
      .option('--take-over', 'run it although another process seems to');
    if (name === 'hold') command.option('--for <duration>', 'at most so long', '24h');
    if (name === 'hold' || name === 'abort') command.option('--reason <text>', 'for the audit', '');
    command.action(action(cli, steerWith(steering)));
  }
}

/** Says it in the journal; where nobody runs the rollout, this process does it from here on. */
function steerWith({ command, ends }: Steering) {
  return async (
    invocation: Invocation,
    environment: string | undefined,
    options: SteerOptions,
  ): Promise<number> => {
    const { out } = invocation;
    const said = command(options);
    const target = await resolveTarget(invocation, environment, options);
    return withRollout(invocation, target, async (deps) => {
      const place = await findPlace(deps.journal, target.ref, options.rollout);
      const state = await tell(place, said, deps);
      const isRun = !options.takeOver && isOwnerAlive(state, deps.clock.now());
      if (isRun && ends) return asAsked(await watchRollout(place, deps, out));
      if (isRun) {
        out.line(`${state.owner?.who ?? ''} (${state.owner?.runner ?? ''}) runs it and does so.`);
        out.json({ kind: 'told', command: said, rollout: rolloutDocument(state) });
        return 0;
      }
      const runDeps = { ...deps, takeOver: options.takeOver ?? false };
      const code = await runRollout(place, runDeps, {
        out,
        exitOnHold: options.exitOnHold ?? false,
      });
      return ends ? asAsked(code) : code;
    });
  };
}

/** Taken back is what was asked for. */
function asAsked(code: number): number {
  return code === ROLLED_BACK ? 0 : code;
}

/** A rollout that only lost its runner is resumed by running it: nothing needs to be said. */
async function tell(
  place: JournalPlace,
  command: Command,
  deps: RolloutDeps,
): Promise<RolloutState> {
  if (command.name !== 'resume') return commandRollout(place, command, deps);
  const state = await readRollout(place, deps.journal);
  return state.held === null ? state : commandRollout(place, command, deps);
}

function readDuration(text: string): number {
  try {
    return parseDuration(text);
  } catch (cause) {
    throw fail('flag_invalid', `--for is '${text}'`, { hint: 'Write it as 30m or 2h.', cause });
  }
}
