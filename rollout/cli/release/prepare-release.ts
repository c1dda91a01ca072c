import type { Have } from '../../engine/plan/have.ts';
import { makePlan } from '../../engine/plan/make-plan.ts';
import type { Plan, PlanFacts, Want } from '../../engine/plan/plan.ts';
import type { BeginRequest } from '../../engine/rollout/begin-rollout.ts';
import type { RolloutDeps } from '../../engine/rollout/rollout-deps.ts';
import { changedServices } from '../../engine/service/changed-services.ts';
import { completeEnvironment } from './complete-environment.ts';
import type { Invocation } from '../invocation.ts';
import { makeBuild, makeWant } from './make-want.ts';
import type { DeployOptions } from './make-want.ts';
import { measureTraffic } from './measure-traffic.ts';
import { readChanges, readCheckout } from './read-checkout.ts';
import type { DeployTarget } from '../input/target.ts';

export interface Release extends Omit<BeginRequest, 'breakLock'> {
  readonly want: Want;
  readonly facts: PlanFacts;
  readonly plan: Plan;
  /** False when none of the service's paths changed since the commit `since`. */
  readonly hasChanged: boolean;
  readonly since: string | null;
}

/** Everything that a rollout of a service is decided on. Reads; writes nothing. */
export async function prepareRelease(
  { env }: Invocation,
  { target, options }: { readonly target: DeployTarget; readonly options: DeployOptions },
  deps: RolloutDeps,
): Promise<Release> {
  const { ref, service, folder } = target;
  const environment = await completeEnvironment(target.environment, folder);
  const [checkout, have] = await Promise.all([
    readCheckout(folder, env),
    deps.platform.readService(ref),
  ]);
  const occasion = { ...checkout, rolloutId: deps.newId(), who: deps.who, at: deps.clock.now() };
  const complete = { ...target, environment };
  const want = makeWant(complete, options, occasion);
  const facts = await measureTraffic(have, environment.strategy, deps);
  const since = have && commitInService(have);
  const changes = target.isOneOfSeveral && since ? await readChanges(folder, since) : null;
  return {
    want,
    facts,
    plan: makePlan(want, have, facts),
    build: makeBuild(complete, options, want.image),
    hasChanged: changes === null || changedServices([service], changes).length > 0,
    since,
  };
}

/** Of the revision with most traffic, when we deployed it. */
function commitInService({ served, revisions }: Have): string | null {
  const [main] = served.toSorted((a, b) => b.percent - a.percent);
  return revisions.find(({ name }) => name === main?.revision)?.commit ?? null;
}
