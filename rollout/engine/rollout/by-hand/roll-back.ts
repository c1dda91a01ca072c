import type { JournalPlace } from '../../apply/journal-store.ts';
import { readPatiently } from '../../apply/read-patiently.ts';
import { fail } from '../../error-codes.ts';
import type { Have, ServiceRef, TrafficTarget } from '../../plan/have.ts';
import type { Plan } from '../../plan/plan.ts';
import { chooseRollbackTarget, rollbackCandidates } from '../../plan/revision/rollback-target.ts';
import type { PastRollout, RollbackCandidate } from '../../plan/revision/rollback-target.ts';
import { giveTraffic, mainRevision } from '../../plan/traffic/give-traffic.ts';
import { pinTraffic } from '../../plan/traffic/pin-traffic.ts';
import { advance } from '../advance.ts';
import { writeBegin } from '../begin-rollout.ts';
import type { CheckResult } from '../entry.ts';
import type { RolloutDeps } from '../rollout-deps.ts';
import type { RolloutState } from '../rollout-state.ts';
import { commandRollout } from './command-rollout.ts';
import { readHistory } from './read-history.ts';

export interface RollBackRequest {
  readonly ref: ServiceRef;
  /** Null: the newest good one before what serves. */
  readonly revision: string | null;
  readonly reason: string;
  /** Path asked for on the service afterwards; null: none. */
  readonly health: string | null;
}

/** Where a rollback goes to, and what it writes, before it is done. */
export interface RollBackPlan {
  readonly from: string | null;
  readonly to: string;
  readonly before: readonly TrafficTarget[];
  readonly after: readonly TrafficTarget[];
  /** The live rollout that it ends. */
  readonly rolloutId: string | null;
}

export interface RolledBack extends RollBackPlan {
  /** From the command to the read-back of the traffic. */
  readonly tookMs: number;
  readonly checks: readonly CheckResult[];
  readonly state: RolloutState;
}

/** Rollouts that are read to find a way back, which has to be quick. */
const SEARCHED = 4;
const LISTED = 20;

interface Situation {
  readonly have: Have;
  readonly live: RolloutState | null;
  readonly history: readonly PastRollout[];
}

/** All revisions, the newest first, with why one cannot be returned to. @throws service_absent */
export async function listRollBackCandidates(
  ref: ServiceRef,
  deps: RolloutDeps,
): Promise<readonly RollbackCandidate[]> {
  const { have, live, history } = await survey(ref, LISTED, deps);
  return rollbackCandidates(have, { history, leaving: live?.canary ?? null });
}

/** What `rollBack` would do. @throws service_absent, revision_absent, nothing_to_return_to */
export async function planRollBack(
  request: RollBackRequest,
  deps: RolloutDeps,
): Promise<RollBackPlan> {
  return planFrom(request, await survey(request.ref, SEARCHED, deps));
}

/**
 * Moves all traffic to a good revision in one write, in the middle of a rollout (which ends) or
 * outside of one, and quarantines what served. It is journaled as everything else: after a crash
 * `advance` goes on with it.
 */
export async function rollBack(request: RollBackRequest, deps: RolloutDeps): Promise<RolledBack> {
  const startedMs = deps.clock.now().getTime();
  const situation = await survey(request.ref, SEARCHED, deps);
  const plan = planFrom(request, situation);
  const place = await (situation.live === null
    ? beginReturn({ ...request, plan }, situation, deps)
    : interrupt({ ...request, plan }, situation.live, deps));
  let movedMs = startedMs;
  const onChange: RolloutDeps['onChange'] = (state, entry) => {
    const isOurs = entry.kind === 'confirmed' && Date.parse(entry.at) > startedMs;
    if (isOurs && !state.isMarked) movedMs = Date.parse(entry.at);
    deps.onChange?.(state, entry);
  };
  const { signal } = new AbortController();
  const state = await advance(place, { ...deps, takeOver: true, onChange }, signal);
  const checks = state.probing?.target === 'service' ? state.probing.checks : [];
  return { ...plan, tookMs: movedMs - startedMs, checks, state };
}

/** A live rollout knows itself what served before it; only without one are older ones read. */
async function survey(ref: ServiceRef, limit: number, deps: RolloutDeps): Promise<Situation> {
  const [have, [newest]] = await Promise.all([
    readPatiently(ref, deps),
    readHistory(ref, 1, deps.journal),
  ]);
  if (have === null) {
    throw fail('service_absent', `There is no service ${ref.service} in ${ref.region}.`, {
      hint: '`rollout deploy` makes it.',
    });
  }
  if (newest && isUnderWay(newest)) return { have, live: newest, history: [beforeIt(newest)] };
  const rollouts = await readHistory(ref, limit, deps.journal);
  return { have, live: null, history: rollouts.flatMap(past) };
}

/** One that still waits at its gates has nothing to do with what serves. */
function isUnderWay({ outcome, isLocked, request }: RolloutState): boolean {
  return outcome === null && (isLocked || request.release === null);
}

function beforeIt({ canary, stable, since }: RolloutState): PastRollout {
  return { revision: canary, stable, outcome: 'aborted', at: since };
}

function past({ canary, stable, outcome, endedAt }: RolloutState): PastRollout[] {
  if (outcome === null || endedAt === null) return [];
  return [{ revision: canary, stable, outcome, at: endedAt }];
}

function planFrom(request: RollBackRequest, { have, live, history }: Situation): RollBackPlan {
  const facts = { history, leaving: live?.canary ?? null };
  const to = request.revision ?? chooseRollbackTarget(have, facts);
  if (to === null) {
    throw fail('nothing_to_return_to', `${have.ref.service} has no good revision to return to.`, {
      hint: '`rollout rollback --list` says why each is not; name one to return to it all the same.',
    });
  }
  if (!have.revisions.some(({ name }) => name === to)) {
    throw fail('revision_absent', `${have.ref.service} has no revision ${to}.`, {
      hint: '`rollout revisions` lists those that there are.',
    });
  }
  const base = pinTraffic(have) ?? have.traffic;
  return {
    from: live?.canary ?? mainRevision(have.served.filter(({ revision }) => revision !== to)),
    to,
    before: have.traffic,
    after: giveTraffic(base, { revision: to, percent: 100 }),
    rolloutId: live?.id ?? null,
  };
}

type Returning = RollBackRequest & { readonly plan: RollBackPlan };

/** Outside of a rollout: a journal of its own, that begins on the way back. */
function beginReturn(
  { ref, plan, reason, health }: Returning,
  { have }: Situation,
  deps: RolloutDeps,
): Promise<JournalPlace> {
  const back: Plan = {
    ref,
    kind: 'shift',
    revision: plan.from ?? plan.to,
    tag: '',
    stable: plan.to,
    base: plan.after,
    gates: [],
    stages: [],
    durationMs: 0,
    warnings: [],
  };
  const request = { plan: back, release: null, strategy: null, health, reason, breaksLock: false };
  const begun = { id: deps.newId(), who: deps.who, traffic: [...have.traffic], request };
  return writeBegin(begun, deps);
}

async function interrupt(
  { ref, plan, reason }: Returning,
  live: RolloutState,
  deps: RolloutDeps,
): Promise<JournalPlace> {
  const place = { ref, rolloutId: live.id };
  await commandRollout(place, { name: 'rollBack', reason, to: [...plan.after] }, deps);
  return place;
}

export type RollBackCandidate = RollbackCandidate;
