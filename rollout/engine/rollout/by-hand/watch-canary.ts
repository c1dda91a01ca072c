import { percentOf } from '../../apply/effect-done.ts';
import { readPatiently } from '../../apply/read-patiently.ts';
import { fail } from '../../error-codes.ts';
import type { Have, ServiceRef } from '../../plan/have.ts';
import type { Plan } from '../../plan/plan.ts';
import { giveTraffic, mainRevision } from '../../plan/traffic/give-traffic.ts';
import type { JudgePolicy, Strategy } from '../../service/rollout-spec.ts';
import { advance } from '../advance.ts';
import { writeBegin } from '../begin-rollout.ts';
import type { RolloutDeps } from '../rollout-deps.ts';
import type { RolloutState } from '../rollout-state.ts';

export interface WatchRequest {
  readonly ref: ServiceRef;
  readonly canary: string;
  readonly durationMs: number;
  /** Between two looks; also the length of a tick that is asked for. */
  readonly intervalMs: number;
  readonly judge: Extract<JudgePolicy, { kind: 'thresholds' }>;
}

/**
 * Watches a canary that somebody else deployed and takes it back when it breaks a limit. Gives its
 * state at the end: `promoted` says that it stayed within them and `aborted` that nobody can tell;
 * its traffic is not moved then.
 * @throws service_absent, revision_absent; rollout_refused when it serves nobody or all
 */
export async function watchCanary(
  request: WatchRequest,
  deps: RolloutDeps,
  signal: AbortSignal,
): Promise<RolloutState> {
  const { ref, canary } = request;
  const have = await readPatiently(ref, deps);
  if (have === null) throw fail('service_absent', `There is no service ${ref.service}.`);
  const plan = planWatch(request, have);
  const place = await writeBegin(
    {
      id: deps.newId(),
      who: deps.who,
      traffic: [...have.traffic],
      request: {
        plan,
        release: null,
        strategy: strategyOf(request),
        health: null,
        reason: `watches ${canary}`,
        breaksLock: false,
      },
    },
    deps,
  );
  return advance(place, deps, signal);
}

/** One step that is there already, and the way back from it. */
function planWatch({ ref, canary, durationMs }: WatchRequest, have: Have): Plan {
  refuseUnwatchable(canary, have);
  const others = have.traffic.filter(({ revision }) => revision !== canary);
  const stable = mainRevision(others);
  const step = { name: 'step', step: 0, effects: [], durationMs, detectable: null } as const;
  return {
    ref,
    kind: 'shift',
    revision: canary,
    tag: '',
    stable,
    base: stable === null ? [] : giveTraffic(have.traffic, { revision: canary, percent: 0 }),
    gates: [],
    stages: [step],
    durationMs,
    warnings: [],
  };
}

function refuseUnwatchable(canary: string, have: Have): void {
  if (!have.revisions.some(({ name }) => name === canary)) {
    throw fail('revision_absent', `${have.ref.service} has no revision ${canary}.`, {
      hint: '`rollout revisions` lists those that there are.',
    });
  }
  if (percentOf(canary, have.traffic) === 0) {
    throw fail('rollout_refused', `${canary} gets no traffic, so that there is nothing to watch.`, {
      hint: 'Give it a share first.',
    });
  }
  if (percentOf(canary, have.traffic) === 100) {
    throw fail('rollout_refused', `${canary} has all traffic, so that there is no way back.`, {
      hint: 'Watch it while another revision serves, too; `rollout verify` looks at a service.',
    });
  }
}

/** No data is no success, and the canary is somebody else's: it is taken back only for harm. */
function strategyOf({ judge, durationMs, intervalMs }: WatchRequest): Strategy {
  return {
    prove: { health: null, suite: null, retries: 0 },
    steps: [{ traffic: 100, durationMs, watchMs: 0, maxErrors: judge.maxErrors }],
    judge,
    on: {
      inconclusive: [{ action: 'continue' }],
      noData: [{ action: 'abort' }],
      providerError: [{ action: 'retry', forMs: Math.max(10 * 60_000, 5 * intervalMs) }],
    },
    keepRevisions: 1,
  };
}
