import type { PendingEffect } from '../../apply/effect-entry.ts';
import { fail } from '../../error-codes.ts';
import type { Tick } from '../../judge/tick.ts';
import type { TrafficTarget } from '../../plan/have.ts';
import type { Entry } from '../entry.ts';
import { beginFacts } from './begin-facts.ts';
import { countTicks } from './counts.ts';
import { enterStage, OWNER_ALIVE_MS, stageOf, startReturn, withTraffic } from './facts.ts';
import type { Facts, Owner, Probing } from './facts.ts';
import { endOf, isJudged, takeTicks } from './judging.ts';
import type { JudgedStage } from './judging.ts';
import { obeyCommand } from './obey-command.ts';

type Of<K extends Entry['kind']> = Extract<Entry, { kind: K }>;

const TAKE: { readonly [K in Entry['kind']]: (facts: Facts, entry: Of<K>) => Facts } = {
  begun: ({ id }) => {
    throw fail('journal_damaged', `The journal of rollout ${id} begins twice.`);
  },
  owned: (facts) => facts,
  alive: (facts) => facts,
  released: (facts) => ({ ...facts, owner: null }),
  opened: (facts, { gate }) => ({
    ...facts,
    busyWith: null,
    openedGates: [...facts.openedGates, gate],
  }),
  busy: (facts, entry) => ({ ...facts, busyWith: entry.with }),
  built: (facts, { image }) => ({ ...facts, busyWith: null, image }),
  intent: (facts, intent) => ({ ...facts, pending: { intent, operation: null } }),
  started: (facts, { operation }) => ({
    ...facts,
    pending: facts.pending && { ...facts.pending, operation },
  }),
  confirmed: confirm,
  dropped: drop,
  probed: (facts, entry) => ({ ...facts, probing: probed(facts.probing, entry) }),
  observed: (facts, { ticks }) => observe(facts, ticks),
  unobserved: (facts, { at, why }) => ({ ...facts, blind: facts.blind ?? { since: at, why } }),
  passed: (facts, { stage, at }) => enterStage(facts, stage + 1, at),
  held: (facts, entry) => ({ ...facts, held: { ...entry, since: entry.at } }),
  adopted: (facts, { traffic }) => withTraffic({ ...facts, mustAdopt: false }, traffic),
  returning: (facts, entry) => {
    const to = entry.cause === 'left' ? [] : facts.request.plan.base;
    return startReturn(facts, { ...entry, since: entry.at, to });
  },
  commanded: (facts, entry) => (facts.outcome === null ? obeyCommand(facts, entry) : facts),
  ended: (facts, { outcome, why, at }) => ({ ...facts, outcome, why, endedAt: at, held: null }),
};

/** The next fact after an entry. @throws journal_damaged */
export function takeEntry(facts: Facts | null, entry: Entry): Facts {
  if (facts === null) return beginFacts(entry);
  const told: Facts = { ...facts, entries: facts.entries + 1, owner: heartbeat(facts, entry) };
  // The compiler cannot see that the taker is the one of this kind.
  return (TAKE[entry.kind] as (facts: Facts, entry: Entry) => Facts)(told, entry);
}

function heartbeat(facts: Facts, entry: Entry): Owner | null {
  const aliveUntil = new Date(Date.parse(entry.at) + OWNER_ALIVE_MS).toISOString();
  if (entry.kind === 'owned') {
    const { runner, who, at } = entry;
    return { runner, who, since: at, aliveUntil };
  }
  if (facts.owner === null || entry.kind === 'commanded') return facts.owner;
  return { ...facts.owner, aliveUntil: entry.kind === 'busy' ? entry.until : aliveUntil };
}

function confirm(facts: Facts, entry: Extract<Entry, { kind: 'confirmed' }>): Facts {
  const { pending } = facts;
  if (pending === null) return facts;
  const { purpose, effect, etag } = pending.intent;
  const next: Facts = {
    ...facts,
    pending: null,
    drops: [],
    oldEtags: entry.etag === etag ? facts.oldEtags : [...facts.oldEtags, etag],
    isLocked: purpose === 'lock' || effect.kind === 'createService' || facts.isLocked,
    isDeployed: purpose === 'deploy' || facts.isDeployed,
    isMarked: purpose === 'mark' || facts.isMarked,
  };
  const known = movesTraffic(effect.kind) ? withTraffic(next, entry.traffic) : next;
  if (facts.returning !== null) return known;
  return goOn(
    {
      ...known,
      effectsDone: facts.effectsDone + 1,
      stageSince: entry.at,
      isLocked: purpose === 'unlock' ? false : known.isLocked,
    },
    entry.at,
  );
}

/** A stage that is only effects is over with the last of them. */
function goOn(facts: Facts, at: string): Facts {
  const stage = stageOf(facts);
  if (stage === null || facts.effectsDone < stage.effects.length) return facts;
  if (isJudged(stage.name) || stage.name === 'prove') return facts;
  return enterStage(facts, facts.stage + 1, at);
}

/** Others' reads are compared with it, so only what we wrote makes traffic known. */
function movesTraffic(kind: PendingEffect['intent']['effect']['kind']): boolean {
  return kind === 'createService' || kind === 'deployRevision' || kind === 'moveTraffic';
}

function drop(facts: Facts, entry: Extract<Entry, { kind: 'dropped' }>): Facts {
  const purpose = facts.pending?.intent.purpose ?? null;
  const before = purpose === facts.dropped ? facts.drops : [];
  const dropped: Facts = {
    ...facts,
    pending: null,
    asked: [...facts.asked, ...askedBy(facts.pending, entry)],
    dropped: purpose,
    drops: [...before, entry],
  };
  // What cannot be deleted stays; the next rollout tries again.
  const isSkipped = purpose === 'cleanUp' && facts.returning === null;
  return isSkipped
    ? goOn({ ...dropped, drops: [], effectsDone: facts.effectsDone + 1 }, entry.at)
    : dropped;
}

function askedBy(
  pending: PendingEffect | null,
  { cause }: Extract<Entry, { kind: 'dropped' }>,
): (readonly TrafficTarget[])[] {
  const effect = pending?.intent.effect;
  if (effect === undefined || cause === 'overtaken' || cause === 'refused') return [];
  if (effect.kind === 'createService') return [[{ revision: effect.revision, percent: 100 }]];
  return 'traffic' in effect ? [effect.traffic] : [];
}

function probed(before: Probing | null, entry: Extract<Entry, { kind: 'probed' }>): Probing {
  const { target, checks, at } = entry;
  const attempts = before?.target === target ? before.attempts : 0;
  return { target, attempts: attempts + 1, lastAt: at, checks };
}

function observe(facts: Facts, ticks: readonly Tick[]): Facts {
  const last = ticks.at(-1);
  const stage = judgedStage(facts);
  const isBegun = typeof facts.judging?.stage === 'number';
  const judged = ticks.filter(({ startAt }) => isBegun || (stage && startAt >= stage.since));
  return {
    ...facts,
    blind: null,
    ticksUntil: last === undefined ? facts.ticksUntil : endOf(last),
    judging: facts.judging && takeTicks(facts.judging, ticks, stage),
    counts: countTicks(facts.counts, judged),
  };
}

/** Null outside of steps, and before the traffic of the step is in force. */
function judgedStage(facts: Facts): JudgedStage | null {
  const stage = stageOf(facts);
  if (stage === null || !isJudged(stage.name)) return null;
  const spec = stage.step === null ? null : facts.request.strategy?.steps[stage.step];
  return {
    index: facts.stage,
    since: facts.stageSince,
    traffic: facts.canaryPercent,
    maxErrors: spec?.maxErrors ?? null,
  };
}
