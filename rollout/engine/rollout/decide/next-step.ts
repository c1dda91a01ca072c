import type { Have } from '../../plan/have.ts';
import { lockOf } from '../../plan/marks.ts';
import type { Lock } from '../../plan/marks.ts';
import type { Stage } from '../../plan/plan.ts';
import { stageOf } from '../fold/facts.ts';
import type { Facts } from '../fold/facts.ts';
import { isJudged } from '../fold/judging.ts';
import { pass } from './action.ts';
import type { Action, Now } from './action.ts';
import { nextAfterDrop } from './next-after-drop.ts';
import { nextAfterMove } from './next-after-move.ts';
import { nextEffect } from './next-effect.ts';
import { nextGate } from './next-gate.ts';
import { nextHeld } from './next-held.ts';
import { nextObservation } from './next-observation.ts';
import { nextProof } from './next-proof.ts';
import { nextReturn } from './next-return.ts';

const STALE_MS = 60_000;

/**
 * The next thing to do for a rollout, from what its journal says and what there is. Pure: told
 * twice of the same state it says the same, so that a runner can take over from another at any
 * entry.
 */
export function nextStep(at: Now): Action {
  const { facts } = at;
  if (facts.outcome !== null) return { do: 'stop' };
  if (facts.pending !== null) return { do: 'resume' };
  return (
    nextAfterStaleRead(at) ??
    adoption(at) ??
    nextWithoutLock(at) ??
    nextHeld(at) ??
    (facts.returning === null ? null : nextReturn(at, facts.returning)) ??
    nextAfterMove(at) ??
    nextAfterDrop(at) ??
    nextGate(at) ??
    nextOfStage(at, stageOf(facts))
  );
}

/** A platform may show for a while what was before our write; nothing is decided on that. */
function nextAfterStaleRead({ facts, have, now }: Now): Action | null {
  if (!facts.oldEtags.includes(have?.etag ?? null)) return null;
  // An etag never comes back, but a service may be deleted.
  const isDeleted = have === null && now.getTime() > Date.parse(facts.stageSince) + STALE_MS;
  return isDeleted ? null : { do: 'wait', untilMs: now.getTime() + 1000 };
}

/** What a person saw and went on from is known from then on. */
function adoption({ facts, have }: Now): Action | null {
  if (!facts.mustAdopt || have === null) return null;
  return { do: 'write', entry: { kind: 'adopted', traffic: have.traffic } };
}

/** Somebody said that this rollout is over; what it did stays, and so does what they do. */
function nextWithoutLock({ facts, have }: Now): Action | null {
  if (!facts.isLocked || facts.isMarked) return null;
  const lock = have && lockOf(have);
  if (lock?.id === facts.id) return null;
  return { do: 'write', entry: { kind: 'ended', outcome: 'aborted', why: whyLost(have, lock) } };
}

function whyLost(have: Have | null, lock: Lock | null): string {
  if (have === null) return 'the service is not there any more';
  if (lock !== null) return `${lock.by} broke the lock at ${lock.since}, for rollout ${lock.id}`;
  const { who, client, at } = have.changedBy;
  return `the lock was taken away; ${who} wrote last, with ${client} at ${at}`;
}

function nextOfStage(at: Now, stage: Stage | null): Action {
  const { facts } = at;
  if (stage === null) return end(facts);
  const planned = stage.effects[facts.effectsDone];
  if (planned !== undefined) return nextEffect(at, stage, planned);
  if (isJudged(stage.name)) return nextObservation(at, stage);
  return stage.name === 'prove' ? nextProof(at) : pass(facts, 'nothing to do');
}

function end({ canary, request }: Facts): Action {
  const watched = 'it was watched and stayed within its limits';
  const why = request.release === null ? watched : `${canary} has all traffic`;
  return { do: 'write', entry: { kind: 'ended', outcome: 'promoted', why } };
}
