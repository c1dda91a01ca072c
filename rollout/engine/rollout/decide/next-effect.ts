import type { Effect } from '../../plan/effect.ts';
import type { TrafficTarget } from '../../plan/have.ts';
import { LOCK, lockOf } from '../../plan/marks.ts';
import type { PlannedEffect, Stage } from '../../plan/plan.ts';
import type { Action, Now } from './action.ts';

/** Starting a revision takes its startup probe's time: up to four minutes on Cloud Run. */
const DEPLOY_MS = 10 * 60_000;
const WRITE_MS = 2 * 60_000;
/** How long somebody else's write may keep ours waiting. */
const SETTLE_MS = 10 * 60_000;

/** The present stage's next write, decided on what there is now. */
export function nextEffect(at: Now, stage: Stage, planned: PlannedEffect): Action {
  const refused = refusal(at, planned.effect);
  if (refused !== null) return refused;
  const { have, now } = at;
  if (have?.state === 'reconciling') return waitForOthers(at);
  const effect = fit(planned, at);
  return {
    do: 'apply',
    intent: {
      purpose: stage.name,
      effect,
      etag: have?.etag ?? null,
      deadlineAt: deadlineOf(effect, now),
    },
  };
}

export function deadlineOf({ kind }: Effect, now: Date): string {
  const isDeploy = kind === 'createService' || kind === 'deployRevision';
  return new Date(now.getTime() + (isDeploy ? DEPLOY_MS : WRITE_MS)).toISOString();
}

/** What was planned, with what is only known since: the built image, and tags of others. */
function fit({ effect, before, after }: PlannedEffect, { facts, have }: Now): Effect {
  const traffic = keepNewTags({ before, after }, have?.traffic ?? []);
  if (effect.kind === 'moveTraffic') return { ...effect, traffic };
  if (effect.kind !== 'createService' && effect.kind !== 'deployRevision') return effect;
  const template = { ...effect.template, image: facts.image ?? effect.template.image };
  if (effect.kind === 'createService') return { ...effect, template };
  return { ...effect, traffic, template };
}

/** What makes a planned write wrong now, before anything of it was done. */
function refusal({ facts, have }: Now, effect: Effect): Action | null {
  if (effect.kind === 'createService') {
    return have === null ? null : failed(`${facts.ref.service} was created by somebody else`);
  }
  if (have === null) return failed(`${facts.ref.service} is not there any more`);
  if (effect.kind === 'annotate' && isLock(effect)) {
    const lock = lockOf(have);
    const isFree = lock === null || lock.id === facts.id || facts.request.breaksLock;
    return isFree ? null : failed(`${lock.by} ships the service since ${lock.since} (${lock.id})`);
  }
  const isTaken =
    effect.kind === 'deployRevision' && have.revisions.some(({ name }) => name === effect.revision);
  if (!isTaken) return null;
  const why = `the service has a revision ${facts.canary} already, which this rollout did not make`;
  return { do: 'write', entry: { kind: 'returning', cause: 'deploy', why, by: null } };
}

/** Not the one that gives it back. */
function isLock({ annotations }: Extract<Effect, { kind: 'annotate' }>): boolean {
  return typeof annotations[LOCK] === 'string';
}

function failed(why: string): Action {
  return { do: 'write', entry: { kind: 'ended', outcome: 'failed', why } };
}

function waitForOthers({ facts, have, now }: Now): Action {
  const untilMs = Date.parse(facts.stageSince) + SETTLE_MS;
  if (now.getTime() < untilMs) return { do: 'wait', untilMs: now.getTime() + 1000 };
  const who = have?.changedBy.who ?? 'somebody';
  const why = `the service does not settle; ${who} wrote last`;
  return { do: 'write', entry: { kind: 'returning', cause: 'stuck', why, by: null } };
}

/** Traffic as it was planned, with the tags that others have set since: they are not ours to take. */
export function keepNewTags(
  planned: { readonly before: readonly TrafficTarget[]; readonly after: readonly TrafficTarget[] },
  present: readonly TrafficTarget[],
): readonly TrafficTarget[] {
  const known = new Set([...planned.before, ...planned.after].map(({ tag }) => tag));
  const added = present.filter(({ tag }) => tag !== undefined && !known.has(tag));
  return [...planned.after, ...added.map((target) => ({ ...target, percent: 0 }))];
}
