import type { Step } from '../service/rollout-spec.ts';
import type { Effect } from './effect.ts';
import type { Have, TrafficTarget } from './have.ts';
import { LOCK } from './marks.ts';
import type { Plan, PlanFacts, PlannedEffect, Stage, Want } from './plan.ts';
import { chooseCleanup } from './revision/choose-cleanup.ts';
import { makeTemplate } from './revision/make-template.ts';
import { giveTraffic } from './traffic/give-traffic.ts';

/** What is settled about a rollout before its stages are. */
export interface Draft extends Pick<Plan, 'ref' | 'kind' | 'revision' | 'tag' | 'stable' | 'base'> {
  readonly want: Want;
  readonly have: Have | null;
  readonly facts: PlanFacts;
}

type Untimed = Pick<Stage, 'name'> & Partial<Stage>;

/** Every stage in its order, with the traffic before and after each effect. */
export function planStages(draft: Draft): Stage[] {
  const track = new Track(draft.have?.traffic ?? []);
  const stages = [
    ...prepare(draft, track),
    { name: 'prove' as const },
    ...(draft.kind === 'shift' ? shift(draft, track) : []),
    stage('unlock', [track.keep({ kind: 'annotate', annotations: { [LOCK]: null } })]),
  ];
  return stages.map((one) => ({
    step: null,
    effects: [],
    durationMs: 0,
    detectable: null,
    ...one,
  }));
}

/** Knows the traffic after each effect. */
class Track {
  #now: readonly TrafficTarget[];

  constructor(now: readonly TrafficTarget[]) {
    this.#now = now;
  }

  /** An effect that leaves traffic alone. */
  keep(effect: Effect): PlannedEffect {
    return { effect, before: this.#now, after: this.#now };
  }

  move(effect: Effect, after: readonly TrafficTarget[]): PlannedEffect {
    const before = this.#now;
    this.#now = after;
    return { effect, before, after };
  }

  moveTraffic(traffic: readonly TrafficTarget[]): PlannedEffect {
    return this.move({ kind: 'moveTraffic', traffic }, traffic);
  }

  get now(): readonly TrafficTarget[] {
    return this.#now;
  }
}

function stage(name: Stage['name'], effects: readonly PlannedEffect[]): Untimed {
  return { name, effects };
}

/** From what there is to a revision that can be proved. */
function prepare(draft: Draft, track: Track): Untimed[] {
  const { want, have, revision, tag, base, kind } = draft;
  const template = makeTemplate(want.environment, want);
  const { minInstances } = want.environment.runtime;
  const mark = { id: want.rolloutId, by: want.who, since: want.at.toISOString() };
  const annotations = { [LOCK]: JSON.stringify(mark) };
  if (kind === 'create') {
    const effect = { kind: 'createService', revision, tag, template, minInstances, annotations };
    const after = [{ revision, percent: 100, tag }];
    return [stage('deploy', [track.move(effect as Effect, after)])];
  }
  const lock = stage('lock', [track.keep({ kind: 'annotate', annotations })]);
  const followsLatest =
    have?.traffic.length === 0 || have?.traffic.some((target) => target.revision === null);
  const pin = kind === 'shift' && followsLatest ? [stage('pin', [track.moveTraffic(base)])] : [];
  const traffic =
    kind === 'serve'
      ? [{ revision, percent: 100, tag }, ...base]
      : giveTraffic(base, { revision, tag, percent: 0 });
  const deploy = { kind: 'deployRevision', revision, template, minInstances, traffic } as const;
  return [lock, ...pin, stage('deploy', [track.move(deploy, traffic)])];
}

/** From a proved revision to one that has all traffic. */
function shift(draft: Draft, track: Track): Untimed[] {
  const { strategy } = draft.want.environment;
  const { skipCanary } = draft.want;
  const planned = strategy.steps.map((step, index) => ({ step, index }));
  const steps = skipCanary ? planned.slice(-1) : planned;
  const last = strategy.steps.at(-1);
  return [
    ...steps.map(({ step, index }) => planStep(draft, track, { ...step, index })),
    ...(last && last.watchMs > 0 ? [{ name: 'watch' as const, durationMs: last.watchMs }] : []),
    ...cleanUp(draft, track),
  ];
}

function planStep(draft: Draft, track: Track, step: Step & { readonly index: number }): Untimed {
  const { base, revision, tag, facts } = draft;
  const { traffic, durationMs, index } = step;
  const next = giveTraffic(base, { revision, tag, percent: traffic });
  return {
    name: 'step',
    step: index,
    effects: [track.moveTraffic(next)],
    durationMs,
    detectable: durationMs > 0 ? facts.detectable({ traffic, durationMs }) : null,
  };
}

function cleanUp({ want, have, revision, stable, base }: Draft, track: Track): Untimed[] {
  const cleanup = chooseCleanup({
    service: want.service.name,
    revisions: have?.revisions ?? [],
    traffic: track.now,
    // The new one is the newest of those that stay.
    keep: want.environment.strategy.keepRevisions - 1,
    targets: [
      revision,
      ...(stable === null ? [] : [stable]),
      ...base.filter(({ percent }) => percent > 0).flatMap((target) => target.revision ?? []),
    ],
  });
  if (cleanup.revisions.length === 0) return [];
  const isUntagged = cleanup.traffic.length < track.now.length;
  const untag = isUntagged ? [track.moveTraffic(cleanup.traffic)] : [];
  const deletes = cleanup.revisions.map((name) =>
    track.keep({ kind: 'deleteRevision', revision: name }),
  );
  return [stage('cleanUp', [...untag, ...deletes])];
}
