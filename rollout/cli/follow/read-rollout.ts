import type { JournalPlace, JournalStore } from '../../engine/apply/journal-store.ts';
import { parseEntry } from '../../engine/rollout/entry.ts';
import { foldJournal } from '../../engine/rollout/rollout-state.ts';
import type { RolloutState } from '../../engine/rollout/rollout-state.ts';

/** What the journal says about a rollout now. */
export async function readRollout(
  place: JournalPlace,
  journal: JournalStore,
): Promise<RolloutState> {
  const entries = await journal.read(place);
  return foldJournal(entries.map(parseEntry));
}
