import type { Held } from '../fold/facts.ts';
import { pass } from './action.ts';
import type { Action, Now } from './action.ts';
import { isServing, nextHarm } from './next-observation.ts';

/**
 * While a person is waited for, the canary still serves and is still judged: harm takes it back at
 * once. Null when nothing is held.
 */
export function nextHeld(at: Now): Action | null {
  const { facts, now } = at;
  const { held } = facts;
  if (held === null) return null;
  const isTheirs = held.cause === 'moved';
  const harm = isTheirs || facts.returning !== null ? null : nextHarm(at);
  if (harm !== null) return harm;
  const untilMs = Date.parse(held.until);
  if (now.getTime() >= untilMs) return overdue(at, held);
  return isServing(at) && !isTheirs ? { do: 'observe' } : { do: 'wait', untilMs };
}

function overdue({ facts }: Now, held: Held): Action {
  const why = `nobody decided by ${held.until}: ${held.reason}`;
  if (held.next === 'continue') return pass(facts, why);
  const cause = CAUSES[held.next];
  return { do: 'write', entry: { kind: 'returning', cause, why, by: null } };
}

const CAUSES = { leave: 'left', abort: 'aborted', rollBack: 'heldTooLong' } as const;
