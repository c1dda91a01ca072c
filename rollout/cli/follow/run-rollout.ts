import { Interrupted, listenForInterrupt } from 'base/terminal/interrupt.ts';
import type { Out } from 'base/terminal/out.ts';
import type { JournalPlace } from '../../engine/apply/journal-store.ts';
import { advance } from '../../engine/rollout/advance.ts';
import type { RolloutDeps } from '../../engine/rollout/rollout-deps.ts';
import { exitCodeOfRollout } from './exit-code.ts';
import { Feed } from './feed.ts';
import type { Followed } from './follow-journal.ts';
import { isWaiting } from '../render/next-steps.ts';
import { renderLeft } from '../render/next-steps.ts';
import { showRollout } from './show-rollout.ts';

export interface RunOptions {
  readonly out: Out;
  /** Gives a rollout that waits for a person back to the journal instead of waiting with it. */
  readonly exitOnHold: boolean;
}

/** Why a run was given up: a person has to decide, and we were told not to wait. */
class HeldForDecision extends Error {}

/**
 * Takes a rollout to its end in this process while it is shown, and gives the exit code. Ctrl-C
 * leaves it in the journal as it is, for anybody to resume.
 */
export async function runRollout(
  place: JournalPlace,
  deps: RolloutDeps,
  { out, exitOnHold }: RunOptions,
): Promise<number> {
  const giveUp = new AbortController();
  const signal = AbortSignal.any([listenForInterrupt(), giveUp.signal]);
  const feed = new Feed<Followed>();
  const onChange: RolloutDeps['onChange'] = (state, entry) => {
    feed.push({ state, entry });
    if (exitOnHold && isWaiting(state)) giveUp.abort(new HeldForDecision());
  };
  const advancing = advance(place, { ...deps, onChange }, signal).finally(() => feed.end());
  const [advanced, shown] = await Promise.allSettled([advancing, showRollout(feed, out)]);
  if (advanced.status === 'fulfilled') return exitCodeOfRollout(advanced.value);
  const reason: unknown = advanced.reason;
  const state = shown.status === 'fulfilled' ? shown.value : null;
  if (reason instanceof Interrupted || reason instanceof HeldForDecision) {
    for (const line of renderLeft(place.ref, state)) out.note(line);
  }
  if (reason instanceof HeldForDecision) return exitCodeOfRollout({ outcome: null });
  throw reason;
}
