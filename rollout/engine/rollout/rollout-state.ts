import type { PendingEffect } from '../apply/effect-entry.ts';
import type { ServiceRef, TrafficTarget } from '../plan/have.ts';
import type { CheckResult, Entry, HOLD_CAUSES, RETURN_CAUSES, RolloutRequest } from './entry.ts';

export type Phase =
  | 'gates'
  | 'building'
  | 'deploying'
  | 'proving'
  | 'step'
  | 'watching'
  | 'cleaningUp'
  | 'rollingBack'
  | 'held'
  | 'ended';

export type Outcome = 'promoted' | 'rolledBack' | 'failed' | 'aborted';
export type HoldCause = (typeof HOLD_CAUSES)[number];
export type ReturnCause = (typeof RETURN_CAUSES)[number];

/** Waits for a person. */
export interface Held {
  readonly cause: HoldCause;
  readonly reason: string;
  readonly since: string;
  /** RFC 3339; then `next` is done. */
  readonly until: string;
  /** `leave`: the rollout ends and the traffic stays as somebody else made it. */
  readonly next: 'rollBack' | 'abort' | 'continue' | 'leave';
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
  readonly cause: ReturnCause;
  readonly why: string;
  /** The person who asked for it. */
  readonly by: string | null;
  readonly since: string;
  /** Traffic that is wanted. */
  readonly to: readonly TrafficTarget[];
}

/** Everything that is known about a rollout: a fold over its journal. */
export interface RolloutState {
  readonly id: string;
  readonly ref: ServiceRef;
  /** Its name; null for a manual return. */
  readonly environment: string | null;
  /** Who began it. */
  readonly who: string;
  readonly since: string;
  readonly request: RolloutRequest;
  readonly phase: Phase;
  /** In `request.plan.stages`; their number when all are over. */
  readonly stage: number;
  /** Of the present step in the strategy; null outside of steps. */
  readonly step: number | null;
  /** Of the present stage: how many of its effects are confirmed. */
  readonly effectsDone: number;
  /** When the effects of the present stage were confirmed, or the stage began. */
  readonly stageSince: string;
  readonly outcome: Outcome | null;
  /** Of the outcome. */
  readonly why: string | null;
  readonly endedAt: string | null;
  /** As it was last read back, or adopted. */
  readonly traffic: readonly TrafficTarget[];
  readonly canary: string;
  readonly canaryPercent: number;
  readonly stable: string | null;
  readonly owner: Owner | null;
  readonly held: Held | null;
  readonly returning: Returning | null;
  /** When the present phase ends by itself at the latest; null when that is not known. */
  readonly deadline: string | null;
  readonly counts: { readonly canary: Counts; readonly stable: Counts };
  readonly entries: number;
}

export interface Counts {
  readonly requests: number;
  readonly errors: number;
}

/** @throws journal_damaged when the entries are not those of one rollout from its first on */
export function foldJournal(entries: readonly Entry[]): RolloutState {
  throw new Error(`not yet: ${entries.length}`);
}

export type { CheckResult, PendingEffect };
