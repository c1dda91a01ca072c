import { percentOf } from '../../apply/effect-done.ts';
import { fail } from '../../error-codes.ts';
import type { Entry } from '../entry.ts';
import { NO_COUNTS } from './counts.ts';
import { enterStage, startReturn, withTraffic } from './facts.ts';
import type { Facts } from './facts.ts';
import { startJudging } from './judging.ts';

/** What the first entry of a journal says. @throws journal_damaged */
export function beginFacts(entry: Entry): Facts {
  if (entry.kind !== 'begun') {
    throw fail('journal_damaged', `A journal begins with '${entry.kind}' instead of 'begun'.`);
  }
  const { plan, release, strategy } = entry.request;
  const facts: Facts = {
    id: entry.id,
    ref: plan.ref,
    environment: release?.environment.name ?? null,
    who: entry.who,
    since: entry.at,
    request: entry.request,
    openedGates: plan.gates.filter(({ state }) => state === 'open').map(({ name }) => name),
    busyWith: null,
    image: release?.build ? null : (release?.image ?? null),
    stage: 0,
    effectsDone: 0,
    stageSince: entry.at,
    isLocked: false,
    isDeployed: release === null,
    hasServed: false,
    outcome: null,
    why: null,
    endedAt: null,
    traffic: entry.traffic,
    asked: [],
    oldEtags: [],
    canary: plan.revision,
    canaryPercent: percentOf(plan.revision, entry.traffic),
    stable: plan.stable,
    owner: null,
    held: null,
    resumedAt: null,
    mustAdopt: false,
    promotedBy: null,
    returning: null,
    isMarked: false,
    pending: null,
    drops: [],
    dropped: null,
    probing: null,
    judging: strategy && startJudging(strategy, plan),
    ticksUntil: null,
    blind: null,
    counts: { canary: NO_COUNTS, stable: NO_COUNTS },
    entries: 1,
  };
  const begun = enterStage(withTraffic(facts, entry.traffic), 0, entry.at);
  if (release !== null || strategy !== null) return begun;
  const why = entry.request.reason ?? 'asked for';
  const asked = { cause: 'asked', why, by: entry.who, since: entry.at, to: plan.base } as const;
  return startReturn(begun, asked);
}
