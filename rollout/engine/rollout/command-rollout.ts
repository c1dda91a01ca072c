import type { JournalPlace } from '../apply/journal-store.ts';
import type { Command } from './entry.ts';
import type { RolloutDeps } from './rollout-deps.ts';
import type { RolloutState } from './rollout-state.ts';

/**
 * Writes a person's command into the journal, where the runner finds it within a second, and gives
 * the state with it. Who calls makes sure that somebody runs it: see `isOwnerAlive`.
 * @throws rollout_absent; rollout_over (conflict); command_refused (conflict) when it makes no sense
 *   now, such as approving what waits for no approval
 */
export async function commandRollout(
  place: JournalPlace,
  command: Command,
  deps: Pick<RolloutDeps, 'journal' | 'clock' | 'who' | 'onChange'>,
): Promise<RolloutState> {
  throw new Error(`not yet: ${place.rolloutId} ${command.name} ${String(deps)}`);
}
