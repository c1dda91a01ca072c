import { percentOf } from '../../apply/effect-done.ts';
import type { PendingEffect } from '../../apply/effect-entry.ts';
import type { ServiceRef, TrafficTarget } from '../../plan/have.ts';
import type { Stage } from '../../plan/plan.ts';
import type { CheckResult, Entry, RolloutRequest } from '../entry.ts';
import type { ArmCounts } from './counts.ts';
import type { Judging } from './judging.ts';

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
  /** Of states that our own writes have replaced; null: there was no service. */
  readonly oldEtags: readonly (string | null)[];
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

/** The present stage of the plan; null when all are over. */
export function stageOf(facts: Facts): Stage | null {
  return facts.request.plan.stages[facts.stage] ?? null;
}

export function enterStage(facts: Facts, stage: number, at: string): Facts {
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

export function withTraffic(facts: Facts, traffic: readonly TrafficTarget[]): Facts {
  const canaryPercent = percentOf(facts.canary, traffic);
  return {
    ...facts,
    traffic,
    asked: [],
    canaryPercent,
    hasServed: facts.hasServed || canaryPercent > 0,
  };
}

export function startReturn(facts: Facts, returning: Returning): Facts {
  return { ...facts, returning, held: null, drops: [], probing: null };
}
