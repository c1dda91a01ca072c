import type { JournalPlace } from '../apply/journal-store.ts';
import { readPatiently } from '../apply/read-patiently.ts';
import { fail } from '../error-codes.ts';
import { makePlan } from '../plan/make-plan.ts';
import type { Plan, PlanFacts, Want } from '../plan/plan.ts';
import type { BuildRequest } from './builder.ts';
import type { Entry, RolloutRequest } from './entry.ts';
import type { RolloutDeps } from './rollout-deps.ts';

export interface BeginRequest {
  readonly want: Want;
  readonly facts: PlanFacts;
  /** Null: `want.image` is there already. Else it is replaced by the built image with its digest. */
  readonly build: Omit<BuildRequest, 'folder'> | null;
  /** Takes the lock although another rollout holds it. */
  readonly breakLock: boolean;
}

type Deps = Pick<RolloutDeps, 'platform' | 'journal' | 'clock'>;

/**
 * Reads what there is, plans, and writes the first entry of the journal; nothing has moved then.
 * `advance` does the rest. The rollout's id is `want.rolloutId`.
 * @throws rollout_refused (kind conflict) when a gate of the plan is closed, with its message
 */
export async function beginRollout(request: BeginRequest, deps: Deps): Promise<JournalPlace> {
  const { want, facts, build, breakLock } = request;
  const { name: service } = want.service;
  const { project, region } = want.environment;
  const have = await readPatiently({ project, region, service }, deps);
  const plan = makePlan(want, have, facts);
  refuseClosed(plan, breakLock);
  const { environment, image, commit } = want;
  const asked: RolloutRequest = {
    plan,
    release: { service: want.service, environment, build, image, commit },
    strategy: environment.strategy,
    health: environment.strategy.prove.health,
    reason: null,
    breaksLock: breakLock,
  };
  const traffic = have?.traffic ?? [];
  return writeBegin({ id: want.rolloutId, who: want.who, traffic, request: asked }, deps);
}

/** The first entry of a journal. */
export async function writeBegin(
  begun: Omit<Extract<Entry, { kind: 'begun' }>, 'kind' | 'at'>,
  { journal, clock }: Pick<Deps, 'journal' | 'clock'>,
): Promise<JournalPlace> {
  const place = { ref: begun.request.plan.ref, rolloutId: begun.id };
  const entry: Entry = { kind: 'begun', at: clock.now().toISOString(), ...begun };
  if (await journal.append(place, 0, entry)) return place;
  throw fail('rollout_refused', `There is a rollout ${begun.id} of ${place.ref.service} already.`, {
    hint: 'Repeat the command: it takes another id.',
  });
}

function refuseClosed({ gates }: Plan, breakLock: boolean): void {
  const closed = gates.find(
    ({ name, state }) => state === 'closed' && !(name === 'lock' && breakLock),
  );
  if (closed === undefined) return;
  throw fail('rollout_refused', `The gate '${closed.name}' is closed: ${closed.message}.`, {
    ...(closed.hint !== undefined && { hint: closed.hint }),
    details: { gate: closed.name },
  });
}
