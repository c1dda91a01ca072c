import { percentOf, samePercents } from '../../apply/effect-done.ts';
import type { Effect } from '../../plan/effect.ts';
import type { Have, TrafficTarget } from '../../plan/have.ts';
import { LOCK, lockOf, QUARANTINE } from '../../plan/marks.ts';
import { sumPercent } from '../../plan/traffic/spread-percent.ts';
import type { Facts, Outcome, Returning } from '../fold/facts.ts';
import type { Action, Now } from './action.ts';
import { waitAfter } from './next-after-drop.ts';
import { isMoved, nextAfterMove } from './next-after-move.ts';
import { deadlineOf, keepNewTags } from './next-effect.ts';
import { healthCheck } from './next-proof.ts';
import { quarantineWith } from './quarantine-with.ts';

/** Writes that are tried before a person is told that they do not get through. */
const MAX_TRIES = 8;
const MAX_PROBES = 3;

/**
 * Back to what served before: one traffic write, a look at the service, the quarantine with the
 * lock given back, the end. What somebody else did to the traffic meanwhile is never undone.
 */
export function nextReturn(at: Now, returning: Returning): Action {
  const { facts, have, now } = at;
  if (have === null || facts.isMarked) return end(at, returning);
  if (facts.drops.length >= MAX_TRIES) return giveUp(facts, returning);
  const pause = facts.drops.at(-1)?.cause === 'overtaken' ? null : waitAfter(facts, now);
  if (pause !== null) return pause;
  return nextMove(at, have, returning) ?? nextLook(at, have) ?? nextMark(at, have, returning);
}

function nextMove(at: Now, have: Have, { by, to }: Returning): Action | null {
  const { facts } = at;
  // Nothing served before, or it is left as somebody else made it.
  if (sumPercent(to) !== 100 || isBack(facts, have, to)) return null;
  if (by === null && isMoved(facts, have)) {
    const isTakenBack = percentOf(facts.canary, have.traffic) === 0;
    return isTakenBack ? null : nextAfterMove(at);
  }
  const others = have.traffic.filter(({ revision }) => revision !== facts.canary);
  const traffic = keepNewTags({ before: facts.traffic, after: to }, others);
  return apply(at, 'return', { kind: 'moveTraffic', traffic });
}

/** A tag on a revision that failed would make the platform refuse later writes. */
function isBack({ canary }: Facts, have: Have, to: readonly TrafficTarget[]): boolean {
  const names = (traffic: readonly TrafficTarget[]): boolean =>
    traffic.some(({ revision }) => revision === canary);
  return samePercents(have.traffic, to) && (names(to) || !names(have.traffic));
}

/** Whether the service is well again. What it finds goes into the report; it changes nothing. */
function nextLook({ facts, now }: Now, have: Have): Action | null {
  const { health } = facts.request;
  if (health === null || !facts.hasServed) return null;
  const probing = facts.probing?.target === 'service' ? facts.probing : null;
  const isWell = probing?.checks.every(({ problem }) => problem === null) ?? false;
  if (isWell || (probing !== null && probing.attempts >= MAX_PROBES)) return null;
  const nextMs = probing ? Date.parse(probing.lastAt) + 1000 : 0;
  if (now.getTime() < nextMs) return { do: 'wait', untilMs: nextMs };
  return { do: 'probe', target: 'service', checks: [healthCheck(have.url, health)] };
}

function nextMark(at: Now, have: Have, returning: Returning): Action {
  const { facts, now } = at;
  const isTakenBack = percentOf(facts.canary, have.traffic) === 0;
  const isBad = facts.isDeployed && (isTakenBack || returning.cause !== 'left');
  const quarantine = { revision: facts.canary, why: returning.why, at: now.toISOString() };
  const annotations = {
    ...(isBad ? { [QUARANTINE]: quarantineWith(have, quarantine) } : {}),
    ...(lockOf(have)?.id === facts.id ? { [LOCK]: null } : {}),
  };
  if (Object.keys(annotations).length === 0) return end(at, returning);
  return apply(at, 'mark', { kind: 'annotate', annotations });
}

function apply({ have, now }: Now, purpose: string, effect: Effect): Action {
  const deadlineAt = deadlineOf(effect, now);
  return { do: 'apply', intent: { purpose, effect, etag: have?.etag ?? null, deadlineAt } };
}

function end({ facts, have }: Now, returning: Returning): Action {
  const outcome = outcomeOf(facts, have, returning);
  return { do: 'write', entry: { kind: 'ended', outcome, why: returning.why } };
}

function outcomeOf(facts: Facts, have: Have | null, { cause }: Returning): Outcome {
  if (cause === 'aborted') return 'aborted';
  if (!facts.hasServed || have === null) return 'failed';
  // Of a first release there is nothing to go back to: what is there serves on.
  if (percentOf(facts.canary, have.traffic) > 0) return cause === 'left' ? 'aborted' : 'failed';
  return 'rolledBack';
}

function giveUp({ drops }: Facts, { why }: Returning): Action {
  const last = drops.at(-1)?.why ?? '';
  const told = `${why}; the way back was written ${drops.length} times and never came through: ${last}`;
  return { do: 'write', entry: { kind: 'ended', outcome: 'failed', why: told } };
}
