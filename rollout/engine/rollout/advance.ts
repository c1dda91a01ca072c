import { AppError } from 'base/error.ts';
import type { JournalPlace } from '../apply/journal-store.ts';
import { OpenRollout } from './perform/open-rollout.ts';
import { performAction } from './perform/perform-action.ts';
import type { RolloutDeps } from './rollout-deps.ts';
import { stateOf } from './rollout-state.ts';
import type { RolloutState } from './rollout-state.ts';

/**
 * Takes a rollout that was begun to its end, whoever began it, and gives its last state. Aborting
 * `signal` gives it up for another runner, between two effects, and throws the signal's reason.
 * @throws rollout_owned when another runner is alive (see `deps.takeOver`); rollout_taken when
 *   another took over meanwhile; rollout_absent
 */
export async function advance(
  place: JournalPlace,
  deps: RolloutDeps,
  signal: AbortSignal,
): Promise<RolloutState> {
  const rollout = new OpenRollout(place, deps, signal);
  await rollout.own();
  try {
    for (;;) {
      const action = await rollout.decide();
      if (action.do === 'stop') return stateOf(rollout.facts);
      signal.throwIfAborted();
      await performAction(action, rollout);
      await rollout.readOn();
    }
  } catch (error) {
    if (signal.aborted || mayGoOnElsewhere(error)) await rollout.release();
    throw error;
  }
}

/** What stopped us was told; another runner need not wait until we count as dead. */
function mayGoOnElsewhere(error: unknown): boolean {
  if (!(error instanceof AppError)) return false;
  return error.code !== 'rollout_taken' && !error.code.startsWith('journal_');
}
