import { fail } from '../error-codes.ts';
import type { Verdict } from '../judge/verdict/verdict.ts';
import type { Stage } from '../plan/plan.ts';
import type { Entry } from './entry.ts';
import { stageOf } from './fold/facts.ts';
import type { Facts } from './fold/facts.ts';
import { verdictOf } from './fold/judging.ts';
import { takeEntry } from './fold/take-entry.ts';

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

/** Everything that is known about a rollout: a fold over its journal, and what follows from it. */
export interface RolloutState extends Facts {
  readonly phase: Phase;
  /** Of the present step in the strategy; null outside of steps. */
  readonly step: number | null;
  /** When the present phase ends by itself at the latest; null when that is not known. */
  readonly deadline: string | null;
  /** With its evidence; null as long as nothing is judged. */
  readonly verdict: Verdict | null;
}

/** @throws journal_damaged when the entries are not those of one rollout from its first on */
export function foldJournal(entries: readonly Entry[]): RolloutState {
  const facts = entries.reduce<Facts | null>(takeEntry, null);
  if (facts === null) throw fail('journal_damaged', 'The journal of a rollout is empty.');
  return stateOf(facts);
}

export function stateOf(facts: Facts): RolloutState {
  const stage = stageOf(facts);
  return {
    ...facts,
    phase: phaseOf(facts, stage),
    step: stage?.step ?? null,
    deadline: deadlineOf(facts, stage),
    verdict: facts.judging && verdictOf(facts.judging, false),
  };
}

/** Whether its runner lives: else whoever cares about the rollout has to run it. */
export function isOwnerAlive({ owner }: Facts, now: Date): boolean {
  return owner !== null && Date.parse(owner.aliveUntil) > now.getTime();
}

const PHASES: Readonly<Record<Stage['name'], Phase>> = {
  lock: 'deploying',
  pin: 'deploying',
  deploy: 'deploying',
  prove: 'proving',
  step: 'step',
  watch: 'watching',
  cleanUp: 'cleaningUp',
  unlock: 'cleaningUp',
};

function phaseOf(facts: Facts, stage: Stage | null): Phase {
  if (facts.outcome !== null) return 'ended';
  if (facts.held !== null) return 'held';
  if (facts.returning !== null) return 'rollingBack';
  if (facts.busyWith === 'build') return 'building';
  if (facts.image === null && facts.request.release !== null) return 'gates';
  const isWaiting = facts.request.plan.gates.some(({ name }) => !facts.openedGates.includes(name));
  if (isWaiting) return 'gates';
  return stage === null ? 'cleaningUp' : PHASES[stage.name];
}

function deadlineOf(facts: Facts, stage: Stage | null): string | null {
  if (facts.outcome !== null) return null;
  if (facts.held !== null) return facts.held.until;
  if (facts.pending !== null) return facts.pending.intent.deadlineAt;
  if (stage === null || stage.durationMs === 0 || facts.returning !== null) return null;
  return new Date(Date.parse(facts.stageSince) + stage.durationMs).toISOString();
}

export type { Outcome } from './fold/facts.ts';
