import type { Stage } from '../../plan/plan.ts';
import type { Strategy } from '../../service/rollout-spec.ts';
import { stageOf } from '../fold/facts.ts';
import type { Facts } from '../fold/facts.ts';
import { isJudged, verdictOf } from '../fold/judging.ts';
import type { Judging } from '../fold/judging.ts';
import { pass } from './action.ts';
import type { Action, Now } from './action.ts';
import { reactionAt } from './reaction.ts';
import type { Reaction } from './reaction.ts';

/** A guard found something that a person must see; the hold that it asks for. */
const GUARD_HOLD_MS = 30 * 60_000;
/** A tick that is later than the source promises is given this much more. */
const LATE_MS = 30_000;

/** Whether requests reach the canary by its share, so that there is something to see. */
export function isServing({ facts }: Now): boolean {
  const stage = stageOf(facts);
  return facts.canaryPercent > 0 && stage !== null && isJudged(stage.name);
}

/** What ends any step at once, held or not. */
export function nextHarm({ facts }: Now): Action | null {
  const verdict = facts.judging && verdictOf(facts.judging, false);
  if (verdict?.kind !== 'FAIL') return null;
  const { reason: why } = verdict;
  return { do: 'write', entry: { kind: 'returning', cause: 'judge', why, by: null } };
}

/** A step or the watch after the last: look on, go on, wait for a person, or go back. */
export function nextObservation(at: Now, stage: Stage): Action {
  const { facts, now } = at;
  const { strategy } = facts.request;
  if (strategy === null || facts.judging === null) return pass(facts, 'nothing to judge it by');
  if (facts.promotedBy !== null) return pass(facts, `promoted by ${facts.promotedBy}`);
  if (stage.durationMs === 0) return pass(facts, 'not watched');
  const harm = nextHarm(at) ?? nextGuard(at, stage, facts.judging);
  if (harm !== null) return harm;
  const blind = facts.blind && nextBlind(at, strategy);
  if (blind !== null) return blind;
  const endMs = Date.parse(facts.stageSince) + stage.durationMs;
  const hasEnded = now.getTime() >= endMs && isComplete(at, endMs);
  const verdict = verdictOf(facts.judging, hasEnded);
  if (verdict.kind === 'PASS' && (hasEnded || stage.name === 'step')) {
    return pass(facts, verdict.reason);
  }
  if (!hasEnded) return { do: 'observe' };
  const cause = verdict.kind === 'NO_DATA' ? 'noData' : 'inconclusive';
  const sinceMs = Math.max(endMs, resumedMs(facts));
  const reaction = reactionAt(strategy.on[cause], sinceMs, now.getTime());
  return react(at, { cause, why: verdict.reason }, reaction);
}

function nextGuard({ facts, now }: Now, stage: Stage, judging: Judging): Action | null {
  const { hold, reason } = verdictOf(judging, false);
  // A person who went on has seen it.
  if (hold === null || facts.resumedAt !== null) return null;
  // With all traffic on it every request is hurt while a person is waited for.
  if (stage.name === 'watch') {
    return { do: 'write', entry: { kind: 'returning', cause: 'judge', why: reason, by: null } };
  }
  const until = new Date(now.getTime() + GUARD_HOLD_MS).toISOString();
  return { do: 'write', entry: { kind: 'held', cause: hold, reason, until, next: 'rollBack' } };
}

function nextBlind(at: Now, { on }: Strategy): Action | null {
  const { blind } = at.facts;
  if (blind === null) return null;
  const sinceMs = Math.max(Date.parse(blind.since), resumedMs(at.facts));
  const reaction = reactionAt(on.providerError, sinceMs, at.now.getTime());
  return react(at, { cause: 'providerError', why: blind.why }, reaction);
}

function react(
  { facts }: Now,
  trouble: { cause: 'noData' | 'inconclusive' | 'providerError'; why: string },
  reaction: Reaction,
): Action {
  const { why } = trouble;
  const { action } = reaction;
  if (action === 'observe') return { do: 'observe' };
  if (action === 'continue') return pass(facts, why);
  if (action === 'hold') {
    const until = new Date(reaction.untilMs).toISOString();
    const held = { cause: trouble.cause, reason: why, until, next: reaction.next };
    return { do: 'write', entry: { kind: 'held', ...held } };
  }
  if (action === 'rollBack') {
    return { do: 'write', entry: { kind: 'returning', cause: 'heldTooLong', why, by: null } };
  }
  // A canary that somebody else deployed is taken back for harm only.
  const cause = facts.request.release === null ? 'left' : 'aborted';
  return { do: 'write', entry: { kind: 'returning', cause, why, by: null } };
}

/** Whether all that happened in the stage has been counted, or will not come any more. */
function isComplete({ facts, now, delayMs }: Now, endMs: number): boolean {
  const countedMs = facts.ticksUntil === null ? 0 : Date.parse(facts.ticksUntil);
  return countedMs >= endMs || now.getTime() >= endMs + delayMs + LATE_MS;
}

function resumedMs({ resumedAt }: Facts): number {
  return resumedAt === null ? 0 : Date.parse(resumedAt);
}
