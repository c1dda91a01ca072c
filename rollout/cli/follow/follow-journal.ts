import type { Clock } from 'base/clock.ts';
import type { JournalPlace, JournalStore } from '../../engine/apply/journal-store.ts';
import { parseEntry } from '../../engine/rollout/entry.ts';
import type { Entry } from '../../engine/rollout/entry.ts';
import { foldJournal } from '../../engine/rollout/rollout-state.ts';
import type { RolloutState } from '../../engine/rollout/rollout-state.ts';

const LOOK_MS = 1_000;

/** A record of a rollout and what is known with it. */
export interface Followed {
  readonly entry: Entry;
  readonly state: RolloutState;
}

interface Deps {
  readonly journal: JournalStore;
  readonly clock: Clock;
}

/** The records of a rollout that another process runs, those to come too, until it has ended. */
export async function* followJournal(
  place: JournalPlace,
  { journal, clock }: Deps,
  signal: AbortSignal,
): AsyncGenerator<Followed> {
  const seen: Entry[] = [];
  for (;;) {
    for (const stored of await journal.read(place, seen.length)) {
      const entry = parseEntry(stored);
      seen.push(entry);
      yield { entry, state: foldJournal(seen) };
    }
    if (seen.at(-1)?.kind === 'ended') return;
    await clock.sleep(LOOK_MS, signal);
  }
}
