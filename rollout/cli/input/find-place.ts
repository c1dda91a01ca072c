import type { JournalPlace, JournalStore } from '../../engine/apply/journal-store.ts';
import { fail } from '../../engine/error-codes.ts';
import type { ServiceRef } from '../../engine/plan/have.ts';
import { formatRef } from '../render/traffic-text.ts';

/** The rollout of that id, else the newest of the service. @throws rollout_absent */
export async function findPlace(
  journal: JournalStore,
  ref: ServiceRef,
  rolloutId?: string,
): Promise<JournalPlace> {
  const ids = await journal.list(ref);
  const found = rolloutId === undefined ? ids[0] : ids.find((id) => id === rolloutId);
  if (found !== undefined) return { ref, rolloutId: found };
  const which = rolloutId === undefined ? 'no rollout yet' : `no rollout '${rolloutId}'`;
  throw fail('rollout_absent', `${formatRef(ref)} has ${which}`, {
    hint:
      ids.length === 0
        ? '`rollout deploy` begins one.'
        : `The newest are ${ids.slice(0, 3).join(', ')}.`,
  });
}
