import type { JournalPlace } from '../apply/journal-store.ts';
import type { RolloutDeps } from './rollout-deps.ts';
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
  throw new Error(`not yet: ${place.rolloutId} ${String(deps)} ${String(signal)}`);
}
