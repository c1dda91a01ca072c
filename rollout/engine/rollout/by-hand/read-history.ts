import type { JournalStore } from '../../apply/journal-store.ts';
import type { ServiceRef } from '../../plan/have.ts';
import { parseEntry } from '../entry.ts';
import { foldJournal } from '../rollout-state.ts';
import type { RolloutState } from '../rollout-state.ts';

/** The newest rollouts of a service, the newest first. Each entry is one read. */
export async function readHistory(
  ref: ServiceRef,
  limit: number,
  journal: JournalStore,
): Promise<readonly RolloutState[]> {
  const ids = (await journal.list(ref)).slice(0, limit);
  return Promise.all(
    ids.map(async (rolloutId) => {
      const entries = await journal.read({ ref, rolloutId });
      return foldJournal(entries.map(parseEntry));
    }),
  );
}
