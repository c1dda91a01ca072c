import { samePercents } from '../../apply/effect-done.ts';
import type { Have } from '../../plan/have.ts';
import type { Facts } from '../fold/facts.ts';
import type { Action, Now } from './action.ts';

/** For a person to see that somebody else works on the service. */
const HOLD_MS = 60 * 60_000;

/** Somebody else moved traffic: that stays, and a person decides. Null when nobody did. */
export function nextAfterMove({ facts, have, now }: Now): Action | null {
  if (have === null || !isMoved(facts, have)) return null;
  const { who, client, at } = have.changedBy;
  const reason = `${who} moved traffic with ${client} at ${at}`;
  if (!hasWritten(facts)) {
    const why = `${reason}, after this rollout was planned`;
    return { do: 'write', entry: { kind: 'ended', outcome: 'failed', why } };
  }
  const until = new Date(now.getTime() + HOLD_MS).toISOString();
  return { do: 'write', entry: { kind: 'held', cause: 'moved', reason, until, next: 'leave' } };
}

/** Whether the traffic is neither what we read back last nor what we asked for since. */
export function isMoved({ traffic, asked }: Facts, have: Have): boolean {
  return [traffic, ...asked].every((known) => !samePercents(have.traffic, known));
}

function hasWritten({ isLocked, isDeployed }: Facts): boolean {
  return isLocked || isDeployed;
}
