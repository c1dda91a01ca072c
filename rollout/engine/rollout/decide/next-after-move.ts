import { samePercents } from '../../apply/effect-done.ts';
import type { Action } from './action.ts';
import type { Facts } from './facts.ts';
import type { Now } from './now.ts';

/** For a person to see that somebody else works on the service. */
const HOLD_MS = 60 * 60_000;

/** Somebody else moved traffic: that stays, and a person decides. Null when nobody did. */
export function nextAfterMove({ facts, have, now }: Now): Action | null {
  if (have === null || samePercents(have.traffic, facts.traffic)) return null;
  const { who, client, at } = have.changedBy;
  const reason = `${who} moved traffic with ${client} at ${at}`;
  if (!hasWritten(facts)) {
    const why = `${reason}, after this rollout was planned`;
    return { do: 'write', entry: { kind: 'ended', outcome: 'failed', why } };
  }
  const until = new Date(now.getTime() + HOLD_MS).toISOString();
  return { do: 'write', entry: { kind: 'held', cause: 'moved', reason, until, next: 'leave' } };
}

function hasWritten({ isLocked, isDeployed }: Facts): boolean {
  return isLocked || isDeployed;
}
