import type { JournalPlace } from '../../apply/journal-store.ts';
import { Ledger } from '../../apply/ledger.ts';
import { fail } from '../../error-codes.ts';
import { parseEntry } from '../entry.ts';
import type { Command } from '../entry.ts';
import { stageOf } from '../fold/facts.ts';
import type { Facts } from '../fold/facts.ts';
import { isJudged } from '../fold/judging.ts';
import { takeEntry } from '../fold/take-entry.ts';
import type { RolloutDeps } from '../rollout-deps.ts';
import { stateOf } from '../rollout-state.ts';
import type { RolloutState } from '../rollout-state.ts';

type Deps = Pick<RolloutDeps, 'journal' | 'clock' | 'who' | 'onChange'>;

/**
 * Writes a person's command into the journal, where the runner finds it within a second, and gives
 * the state with it. Who calls makes sure that somebody runs it: see `isOwnerAlive`.
 * @throws rollout_absent; rollout_over (conflict); command_refused (conflict) when it makes no sense
 *   now, such as approving what waits for no approval
 */
export async function commandRollout(
  place: JournalPlace,
  command: Command,
  deps: Deps,
): Promise<RolloutState> {
  let facts: Facts | null = null;
  const ledger = new Ledger(place, {
    journal: deps.journal,
    clock: deps.clock,
    take: (stored) => {
      const entry = parseEntry(stored);
      facts = takeEntry(facts, entry);
      deps.onChange?.(stateOf(facts), entry);
    },
  });
  await ledger.readOn();
  for (;;) {
    refuseNonsense(facts, command, place);
    const at = deps.clock.now().toISOString();
    const isOurs = await ledger.decide({ kind: 'commanded', at, who: deps.who, command });
    if (isOurs && facts !== null) return stateOf(facts);
  }
}

function refuseNonsense(facts: Facts | null, { name }: Command, place: JournalPlace): void {
  if (facts === null) {
    throw fail('rollout_absent', `${place.ref.service} has no rollout ${place.rolloutId}.`, {
      hint: '`rollout history` lists those that there are.',
    });
  }
  if (facts.outcome !== null) {
    throw fail('rollout_over', `Rollout ${facts.id} has ended: ${facts.outcome}.`, {
      hint: name === 'abort' ? '`rollout rollback` returns to an earlier revision.' : undefined,
    });
  }
  const why = nonsense(facts, name);
  if (why === null) return;
  throw fail('command_refused', `Rollout ${facts.id} cannot ${name}: ${why}.`, {
    hint: '`rollout status` says where it stands.',
  });
}

function nonsense(facts: Facts, name: Command['name']): string | null {
  const { returning, held } = facts;
  if (name === 'approve') return whyNotApprove(facts);
  const isGoingBack = returning !== null && held === null;
  if (name === 'abort' && isGoingBack) return 'it is being taken back already';
  if (name !== 'promote' && name !== 'hold') return null;
  if (returning !== null) return `it is being taken back: ${returning.why}`;
  const stage = stageOf(facts);
  return name === 'hold' || (stage && isJudged(stage.name)) ? null : 'it is in no step';
}

function whyNotApprove({ request, openedGates }: Facts): string | null {
  const isAsked = request.plan.gates.some(({ name }) => name === 'approval');
  if (!isAsked) return 'it waits for no approval';
  return openedGates.includes('approval') ? 'it is approved already' : null;
}
