import type { PendingEffect } from '../../apply/effect-entry.ts';
import { percentOf } from '../../apply/effect-done.ts';
import { fail } from '../../error-codes.ts';
import type { Tick } from '../../judge/tick.ts';
import type { Stage } from '../../plan/plan.ts';
import type { ServiceRef, TrafficTarget } from '../../plan/have.ts';
import type { CheckResult, Command, Entry, RolloutRequest } from '../entry.ts';
import { countTicks, NO_COUNTS } from './counts.ts';
import type { ArmCounts } from './counts.ts';
import { endOf, isJudged, startJudging, takeTicks } from './judging.ts';
import type { JudgedStage, Judging } from './judging.ts';

export type Outcome = Extract<Entry, { kind: 'ended' }>['outcome'];

/** Waits for a person. */
export interface Held {
  readonly cause: Extract<Entry, { kind: 'held' }>['cause'];
  readonly reason: string;
  readonly since: string;
  /** RFC 3339; then `next` is done. */
  readonly until: string;
  /** `leave`: the rollout ends and the traffic stays as somebody else made it. */
  readonly next: Extract<Entry, { kind: 'held' }>['next'];
}

export interface Owner {
  /** One process. */
  readonly runner: string;
  readonly who: string;
  readonly since: string;
  /** When it counts as dead unless it writes again. */
  readonly aliveUntil: string;
}

export interface Returning {
  readonly cause: Extract<Entry, { kind: 'returning' }>['cause'];
  readonly why: string;
  /** The person who asked for it. */
  readonly by: string | null;
  readonly since: string;
  /** Traffic that is wanted; empty: as it is. */
  readonly to: readonly TrafficTarget[];
}

export interface Probing {
  readonly target: 'canary' | 'service';
  readonly attempts: number;
  readonly lastAt: string;
  readonly checks: readonly CheckResult[];
}

/** What the entries of a journal say, without any view on it. */
export interface Facts {
  readonly id: string;
  readonly ref: ServiceRef;
  /** Its name; null for a manual return. */
  readonly environment: string | null;
  /** Who began it. */
  readonly who: string;
  readonly since: string;
  readonly request: RolloutRequest;
  readonly openedGates: readonly string[];
  /** What a runner does that writes nothing until it ends. */
  readonly busyWith: 'tests' | 'build' | null;
  /** Null: not built yet. */
  readonly image: string | null;
  /** In `request.plan.stages`; their number when all are over. */
  readonly stage: number;
  /** Of the present stage: how many of its effects are confirmed. */
  readonly effectsDone: number;
  /** When the effects of the present stage were confirmed, or the stage began. */
  readonly stageSince: string;
  readonly isLocked: boolean;
  readonly isDeployed: boolean;
  /** The canary had traffic once. */
  readonly hasServed: boolean;
  /** Of the outcome. */
  readonly outcome: Outcome | null;
  readonly why: string | null;
  readonly endedAt: string | null;
  /** As it was last read back, or adopted. */
  readonly traffic: readonly TrafficTarget[];
  /** Traffic that we asked for since, by writes that were given up and may still get through. */
  readonly asked: readonly (readonly TrafficTarget[])[];
  readonly canary: string;
  readonly canaryPercent: number;
  readonly stable: string | null;
  readonly owner: Owner | null;
  readonly held: Held | null;
  /** Of the last command that ended a hold. */
  readonly resumedAt: string | null;
  /** A person saw the traffic that somebody moved, and goes on from it. */
  readonly mustAdopt: boolean;
  /** Who promoted the present stage. */
  readonly promotedBy: string | null;
  readonly returning: Returning | null;
  /** The return is read back, or there was nothing to return. */
  readonly isMarked: boolean;
  readonly pending: PendingEffect | null;
  /** One after the other, of the same purpose. */
  readonly drops: readonly Extract<Entry, { kind: 'dropped' }>[];
  readonly dropped: string | null;
  readonly probing: Probing | null;
  readonly judging: Judging | null;
  /** The end of the last tick that was counted. */
  readonly ticksUntil: string | null;
  /** Since when the source of the metrics has not answered, and why. */
  readonly blind: { readonly since: string; readonly why: string } | null;
  readonly counts: { readonly canary: ArmCounts; readonly stable: ArmCounts };
  readonly entries: number;
}

/** How long after its last entry a runner counts as alive. It writes at least each third of it. */
export const OWNER_ALIVE_MS = 30_000;

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
  commanded: (facts, entry) => (facts.outcome === null ? obey(facts, entry) : facts),
  ended: (facts, { outcome, why, at }) => ({ ...facts, outcome, why, endedAt: at, held: null }),
};

/** The next fact after an entry. @throws journal_damaged */
export function takeEntry(facts: Facts | null, entry: Entry): Facts {
  if (facts === null) return begin(entry);
  const told: Facts = { ...facts, entries: facts.entries + 1, owner: heartbeat(facts, entry) };
  // The compiler cannot see that the taker is the one of this kind.
  return (TAKE[entry.kind] as (facts: Facts, entry: Entry) => Facts)(told, entry);
}

function begin(entry: Entry): Facts {
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

export function stageOf(facts: Facts): Stage | null {
  return facts.request.plan.stages[facts.stage] ?? null;
}

function enterStage(facts: Facts, stage: number, at: string): Facts {
  const entered: Facts = {
    ...facts,
    stage,
    effectsDone: 0,
    stageSince: at,
    promotedBy: null,
    probing: null,
    held: null,
    drops: [],
  };
  return entered;
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

function withTraffic(facts: Facts, traffic: readonly TrafficTarget[]): Facts {
  const canaryPercent = percentOf(facts.canary, traffic);
  return {
    ...facts,
    traffic,
    asked: [],
    canaryPercent,
    hasServed: facts.hasServed || canaryPercent > 0,
  };
}

function confirm(facts: Facts, entry: Extract<Entry, { kind: 'confirmed' }>): Facts {
  const { pending } = facts;
  if (pending === null) return facts;
  const { purpose, effect } = pending.intent;
  const next: Facts = {
    ...facts,
    pending: null,
    drops: [],
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

function startReturn(facts: Facts, returning: Returning): Facts {
  return { ...facts, returning, held: null, drops: [], probing: null };
}

/** What a person asked for is a fact as soon as it is written; the runner acts on it. */
function obey(facts: Facts, { command, who, at }: Of<'commanded'>): Facts {
  if (command.name === 'approve') {
    return { ...facts, openedGates: [...facts.openedGates, 'approval'] };
  }
  if (command.name === 'hold') return holdAsked(facts, command, { who, at });
  const isMoved = facts.held?.cause === 'moved';
  const goingOn: Facts = { ...facts, held: null, resumedAt: at, mustAdopt: isMoved };
  if (command.name === 'resume') return goingOn;
  if (command.name === 'retry') return { ...goingOn, probing: null, drops: [] };
  if (command.name === 'promote') return facts.returning ? facts : { ...goingOn, promotedBy: who };
  const why = command.reason === '' ? `${who} asked for it` : command.reason;
  const asked = { why, by: who, since: at };
  const { base } = facts.request.plan;
  if (command.name === 'rollBack') {
    return startReturn(goingOn, { ...asked, cause: 'asked', to: command.to ?? base });
  }
  // What somebody else made of the traffic stays.
  return startReturn(goingOn, { ...asked, cause: 'aborted', to: isMoved ? [] : base });
}

function holdAsked(
  facts: Facts,
  { forMs, reason: why }: Extract<Command, { name: 'hold' }>,
  { who, at }: { readonly who: string; readonly at: string },
): Facts {
  if (facts.returning !== null) return facts;
  const until = new Date(Date.parse(at) + forMs).toISOString();
  const reason = why === '' ? `${who} asked for it` : `${who} asked for it: ${why}`;
  return { ...facts, held: { cause: 'asked', reason, since: at, until, next: 'abort' } };
}
