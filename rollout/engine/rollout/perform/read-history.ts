import type { JournalStore } from '../../apply/journal-store.ts';
import type { ServiceRef } from '../../plan/have.ts';
import { parseEntry } from '../entry.ts';
import { foldJournal } from '../rollout-state.ts';
import type { RolloutState } from '../rollout-state.ts';

/** Older rollouts say nothing about what can be returned to. */
const MAX_ROLLOUTS = 20;

/** The rollouts of a service, the newest first. */
export async function readHistory(
  ref: ServiceRef,
  journal: JournalStore,
): Promise<readonly RolloutState[]> {
  const ids = (await journal.list(ref)).slice(0, MAX_ROLLOUTS);
  return Promise.all(
    ids.map(async (rolloutId) => {
      const entries = await journal.read({ ref, rolloutId });
      return foldJournal(entries.map(parseEntry));
    }),
  );
}
