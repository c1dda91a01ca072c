import { fail } from '../error-codes.ts';
import type { TrafficTarget } from '../plan/have.ts';
import type { Entry } from '../rollout/entry.ts';
import type { Facts } from '../rollout/fold/facts.ts';
import { takeEntry } from '../rollout/fold/take-entry.ts';
import { stateOf } from '../rollout/rollout-state.ts';
import type { Outcome, RolloutState } from '../rollout/rollout-state.ts';

/** What came of a rollout, as far as it has come: plain data. */
export interface RolloutReport {
  readonly id: string;
  readonly service: string;
  readonly environment: string | null;
  readonly canary: string;
  readonly stable: string | null;
  readonly who: string;
  readonly since: string;
  readonly endedAt: string | null;
  /** Null: it is not over. */
  readonly outcome: Outcome | null;
  readonly why: string | null;
  readonly traffic: {
    readonly before: readonly TrafficTarget[];
    readonly after: readonly TrafficTarget[];
  };
  readonly counts: RolloutState['counts'];
  /** Null: nothing was taken back. */
  readonly detection: Detection | null;
  /** E after each tick that was judged; empty with thresholds. */
  readonly evidence: readonly EvidencePoint[];
  readonly stages: readonly StageReport[];
  readonly holds: readonly HoldReport[];
}

export interface Detection {
  /** When the canary first had traffic; null: never. */
  readonly servedSince: string | null;
  readonly decidedAt: string;
  /** When the traffic was read back as returned; null: there was none to return, or not yet. */
  readonly movedAt: string | null;
  readonly secondsToDetect: number | null;
  readonly secondsToMove: number | null;
}

export interface EvidencePoint {
  readonly at: string;
  readonly e: number;
  readonly bound: number;
}

export interface StageReport {
  readonly name: string;
  /** Of the canary while the stage lasted. */
  readonly percent: number;
  readonly endedAt: string;
  readonly why: string;
}

export interface HoldReport {
  readonly at: string;
  readonly reason: string;
}

/** What a journal amounts to. @throws journal_damaged */
export function makeReport(entries: readonly Entry[]): RolloutReport {
  const tracks = new Tracks();
  let facts: Facts | null = null;
  for (const entry of entries) {
    const next = takeEntry(facts, entry);
    tracks.follow(entry, facts ?? next, next);
    facts = next;
  }
  if (facts === null) throw fail('journal_damaged', 'The journal of a rollout is empty.');
  const { id, ref, environment, canary, stable, who, since, endedAt, outcome, why } = facts;
  return {
    id,
    service: ref.service,
    environment,
    canary,
    stable,
    who,
    since,
    endedAt,
    outcome,
    why,
    traffic: { before: tracks.before, after: facts.traffic },
    counts: facts.counts,
    detection: detectionOf(facts, tracks),
    evidence: tracks.evidence,
    stages: tracks.stages,
    holds: tracks.holds,
  };
}

/** What only the way through the journal tells, and not its end. */
class Tracks {
  before: readonly TrafficTarget[] = [];
  servedSince: string | null = null;
  movedAt: string | null = null;
  readonly evidence: EvidencePoint[] = [];
  readonly stages: StageReport[] = [];
  readonly holds: HoldReport[] = [];

  follow(entry: Entry, before: Facts, after: Facts): void {
    const { at } = entry;
    if (entry.kind === 'begun') this.before = entry.traffic;
    if (after.canaryPercent > 0) this.servedSince ??= at;
    if (entry.kind === 'confirmed' && before.pending?.intent.purpose === 'return')
      this.movedAt = at;
    if (entry.kind === 'held') this.holds.push({ at, reason: entry.reason });
    if (entry.kind === 'observed') this.#weigh(after, at);
    if (entry.kind === 'passed') {
      const name = before.request.plan.stages[entry.stage]?.name ?? '';
      this.stages.push({ name, percent: before.canaryPercent, endedAt: at, why: entry.why });
    }
  }

  #weigh(facts: Facts, at: string): void {
    const sequential = stateOf(facts).verdict?.evidence.sequential;
    if (sequential) this.evidence.push({ at, e: sequential.e, bound: sequential.bound });
  }
}

function detectionOf({ returning }: Facts, { servedSince, movedAt }: Tracks): Detection | null {
  if (returning === null) return null;
  const decidedAt = returning.since;
  return {
    servedSince,
    decidedAt,
    movedAt,
    secondsToDetect: secondsBetween(servedSince, decidedAt),
    secondsToMove: secondsBetween(decidedAt, movedAt),
  };
}

function secondsBetween(from: string | null, to: string | null): number | null {
  return from === null || to === null ? null : (Date.parse(to) - Date.parse(from)) / 1000;
}
