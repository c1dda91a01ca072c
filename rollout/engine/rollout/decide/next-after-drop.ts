import type { Facts } from '../fold/facts.ts';
import type { Action, Now } from './action.ts';

const MAX_TRIES = 5;

/**
 * A write was given up: again, later, or back. Null: decide it anew, on what there is now. One that
 * never ended is not repeated: it may still come into force, and going back is safe either way.
 */
export function nextAfterDrop({ facts, now }: Now): Action | null {
  const last = facts.drops.at(-1);
  if (last === undefined || last.cause === 'pressing') return null;
  const mayRepeat = facts.drops.length < MAX_TRIES;
  if (mayRepeat && last.cause === 'overtaken') return null;
  if (mayRepeat && last.cause === 'failed' && facts.dropped !== 'deploy') {
    return waitAfter(facts, now);
  }
  if (facts.dropped === 'unlock') {
    const why = `${facts.canary} has all traffic; the lock could not be given back: ${last.why}`;
    return { do: 'write', entry: { kind: 'ended', outcome: 'promoted', why } };
  }
  const cause = facts.dropped === 'deploy' ? 'deploy' : 'stuck';
  return { do: 'write', entry: { kind: 'returning', cause, why: last.why, by: null } };
}

/** 1, 2, 4, 8 seconds after the last; null when that is over. */
export function waitAfter({ drops }: Facts, now: Date): Action | null {
  const last = drops.at(-1);
  if (last === undefined) return null;
  const untilMs = Date.parse(last.at) + 1000 * 2 ** (drops.length - 1);
  return now.getTime() < untilMs ? { do: 'wait', untilMs } : null;
}
