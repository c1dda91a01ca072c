import type { Have, TrafficTarget } from './have.ts';
import { planGates } from './plan-gates.ts';
import { planStages } from './plan-stages.ts';
import type { Draft } from './plan-stages.ts';
import { planWarnings } from './plan-warnings.ts';
import type { Plan, PlanFacts, Want } from './plan.ts';
import { isOwnTag, nameRevision, nameTag } from './revision/name-revision.ts';
import { mainRevision } from './traffic/give-traffic.ts';
import { pinTraffic } from './traffic/pin-traffic.ts';

/**
 * What a rollout will do, from what is wanted and what there is: the same for the same, and nothing
 * is done. `have`: null when there is no such service.
 */
export function makePlan(want: Want, have: Have | null, facts: PlanFacts): Plan {
  const draft = makeDraft(want, have, facts);
  const { ref, kind, revision, tag, stable, base } = draft;
  const stages = planStages(draft);
  return {
    ref,
    kind,
    revision,
    tag,
    stable,
    base,
    gates: planGates(want, have, facts),
    stages,
    durationMs: stages.reduce((sum, { durationMs }) => sum + durationMs, 0),
    warnings: planWarnings(have, { stages, kind }),
  };
}

function makeDraft(want: Want, have: Have | null, facts: PlanFacts): Draft {
  const { name: service } = want.service;
  const { project, region } = want.environment;
  const revision = nameRevision(service, want.suffix, have);
  const { kind, stable, base } = startOf(have, revision);
  const tag = nameTag(service, revision, { traffic: base });
  return {
    ref: { project, region, service },
    kind,
    revision,
    tag,
    stable,
    base,
    want,
    have,
    facts,
  };
}

function startOf(have: Have | null, revision: string): Pick<Draft, 'kind' | 'stable' | 'base'> {
  if (have === null) return { kind: 'create', stable: null, base: [] };
  const pinned = pinTraffic(have);
  const stable = pinned && stableOf(have, pinned);
  if (!pinned || stable === null) {
    return { kind: 'serve', stable: null, base: foreignTags(have, revision) };
  }
  return { kind: 'shift', stable, base: keepTagged(have, pinned, stable) };
}

/** What traffic can return to: of the revisions that are ready, the one that serves most. */
function stableOf(have: Have, pinned: readonly TrafficTarget[]): string | null {
  const ready = new Set(
    have.revisions.filter(({ state }) => state === 'ready').map(({ name }) => name),
  );
  return mainRevision(pinned.filter(({ revision }) => revision !== null && ready.has(revision)));
}

/** A revision without traffic and tag is retired, and could be deleted while we need it. */
function keepTagged(
  have: Have,
  pinned: readonly TrafficTarget[],
  stable: string,
): readonly TrafficTarget[] {
  if (pinned.some(({ revision, tag }) => revision === stable && tag !== undefined)) return pinned;
  const at = pinned.findIndex(({ revision }) => revision === stable);
  const tag = nameTag(have.ref.service, stable, have);
  return pinned.map((target, index) => (index === at ? { ...target, tag } : target));
}

/** Where nothing serves, all that is worth keeping are the tags of others. */
function foreignTags({ traffic, ref }: Have, newest: string): readonly TrafficTarget[] {
  return traffic.flatMap(({ revision, tag }) =>
    tag === undefined || isOwnTag(ref.service, revision ?? '', tag)
      ? []
      : [{ revision: revision ?? newest, percent: 0, tag }],
  );
}
