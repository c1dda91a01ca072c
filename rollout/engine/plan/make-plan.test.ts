import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Have } from './have.ts';
import { makePlan } from './make-plan.ts';
import { LOCK, QUARANTINE } from './marks.ts';
import { haveOf, NO_FACTS, revisionOf, wantOf } from './plan.fake.ts';
import type { Plan, Want } from './plan.ts';

function planOf(have: Have | null, want: Want = wantOf()): Plan {
  return makePlan(want, have, NO_FACTS);
}

/** `deploy: deployRevision old=100#v-old new=0#v-new`, one line for each effect. */
function linesOf(plan: Plan): string[] {
  return plan.stages.flatMap(({ name, step, effects, durationMs }) => {
    const stage = `${name}${step === null ? '' : ` ${step}`}`;
    const lasts = durationMs > 0 ? ` for ${durationMs / 60_000}m` : '';
    if (effects.length === 0) return `${stage}${lasts}`;
    return effects.map(({ effect, after }) => {
      const what = effect.kind === 'deleteRevision' ? effect.revision : trafficText(after);
      return `${stage}: ${effect.kind} ${what}${lasts}`;
    });
  });
}

function trafficText(traffic: Plan['base']): string {
  return traffic
    .map(({ revision, percent, tag }) => `${revision}=${percent}${tag ? `#${tag}` : ''}`)
    .join(' ');
}

const mark = '{"id":"r-1","by":"ann@acme.example","since":"2026-02-02T12:00:00.000Z"}';

test('traffic moves step by step, with LATEST pinned first and all tags where they were', () => {
  const have = haveOf(
    [revisionOf('api-1', 1), revisionOf('api-2', 2)],
    [
      { revision: null, percent: 100 },
      { revision: 'api-1', percent: 0, tag: 'green' },
    ],
  );
  const plan = planOf(have);
  assert.deepEqual(linesOf(plan), [
    'lock: annotate null=100 api-1=0#green',
    'pin: moveTraffic api-2=100#v-2 api-1=0#green',
    'deploy: deployRevision api-2=100#v-2 api-1=0#green api-abc1234-00001=0#v-abc1234-00001',
    'prove',
    'step 0: moveTraffic api-2=90#v-2 api-1=0#green api-abc1234-00001=10#v-abc1234-00001 for 5m',
    'step 1: moveTraffic api-2=50#v-2 api-1=0#green api-abc1234-00001=50#v-abc1234-00001 for 5m',
    'step 2: moveTraffic api-2=0#v-2 api-1=0#green api-abc1234-00001=100#v-abc1234-00001',
    'watch for 10m',
    'unlock: annotate api-2=0#v-2 api-1=0#green api-abc1234-00001=100#v-abc1234-00001',
  ]);
  const { ref, kind, revision, tag, stable, durationMs } = plan;
  assert.deepEqual(
    { ref, kind, revision, tag, stable, durationMs },
    {
      ref: { project: 'acme', region: 'europe-west1', service: 'api' },
      kind: 'shift',
      revision: 'api-abc1234-00001',
      tag: 'v-abc1234-00001',
      stable: 'api-2',
      durationMs: 20 * 60_000,
    },
  );
  assert.deepEqual(
    plan.warnings.map(({ code }) => code),
    ['latest_pinned', 'foreign_tags'],
  );
});

test('the lock is the first write and its end the last; the template comes from the file alone', () => {
  const want = wantOf('minInstances: 2, cpu: 2, env: { A: 1 }, probes: { startup: /up }');
  const have = haveOf([revisionOf('api-1', 1)], [{ revision: 'api-1', percent: 100 }]);
  const effects = planOf(have, want).stages.flatMap((stage) => stage.effects);
  assert.deepEqual(effects.at(0)?.effect, { kind: 'annotate', annotations: { [LOCK]: mark } });
  assert.deepEqual(effects.at(-1)?.effect, { kind: 'annotate', annotations: { [LOCK]: null } });
  assert.deepEqual(effects.at(1)?.effect, {
    kind: 'deployRevision',
    revision: 'api-abc1234-00001',
    minInstances: 2,
    template: {
      image: 'r/api:2',
      command: [],
      args: [],
      port: 8080,
      env: { A: '1' },
      secrets: {},
      cpu: '2',
      memory: '512Mi',
      concurrency: 80,
      timeoutMs: 300_000,
      maxInstances: 100,
      labels: { commit: 'abc1234' },
      startupPath: '/up',
    },
    traffic: [
      { revision: 'api-1', percent: 100, tag: 'v-1' },
      { revision: 'api-abc1234-00001', percent: 0, tag: 'v-abc1234-00001' },
    ],
  });
});

test('a first deploy has nothing to protect: one write with the lock in it, proof, and it serves', () => {
  const plan = planOf(null, wantOf('minInstances: 1'));
  assert.equal(plan.kind, 'create');
  assert.deepEqual(linesOf(plan), [
    'deploy: createService api-abc1234-00001=100#v-abc1234-00001',
    'prove',
    'unlock: annotate api-abc1234-00001=100#v-abc1234-00001',
  ]);
  const [first] = plan.stages[0]?.effects ?? [];
  assert.ok(first?.effect.kind === 'createService');
  assert.deepEqual(
    [first.before, first.effect.annotations, first.effect.minInstances],
    [[], { [LOCK]: mark }, 1],
  );
});

test('a service in which nothing serves gets a revision that does; tags of others stay', () => {
  const broken = revisionOf('api-1', 1, { state: 'failed', message: 'port 8080 is closed' });
  const traffic = [
    { revision: null, percent: 100 },
    { revision: 'api-1', percent: 0, tag: 'mine' },
    { revision: null, percent: 0, tag: 'next' },
  ];
  const plan = planOf(haveOf([broken], traffic, { state: 'failed', message: 'not ready' }));
  assert.deepEqual([plan.kind, plan.stable], ['serve', null]);
  assert.equal(
    linesOf(plan)[1],
    'deploy: deployRevision api-abc1234-00001=100#v-abc1234-00001 api-1=0#mine api-abc1234-00001=0#next',
  );
  assert.deepEqual(
    plan.warnings.map(({ code }) => code),
    ['service_failed', 'foreign_tags'],
  );
});

test('several revisions that serve share what the new one leaves, and a failed one is no way back', () => {
  const have = haveOf(
    [revisionOf('api-1', 1), revisionOf('api-2', 2), revisionOf('api-3', 3, { state: 'failed' })],
    [
      { revision: 'api-3', percent: 60 },
      { revision: 'api-1', percent: 10 },
      { revision: 'api-2', percent: 30 },
    ],
  );
  const plan = planOf(have);
  assert.equal(plan.stable, 'api-2');
  assert.match(linesOf(plan)[3] ?? '', /api-3=54 api-1=9 api-2=27#v-2 api-abc1234-00001=10/);
});

test('without a canary there is only the last step', () => {
  const have = haveOf([revisionOf('api-1', 1)], [{ revision: 'api-1', percent: 100 }]);
  assert.deepEqual(
    linesOf(planOf(have, wantOf('', { skipCanary: true }))).map((line) => line.split(' ')[0]),
    ['lock:', 'deploy:', 'prove', 'step', 'watch', 'unlock:'],
  );
});

test('old revisions go, but for those that serve, that others tagged, and the way back', () => {
  const revisions = [1, 2, 3, 4, 5, 6].map((day) => revisionOf(`api-${day}`, day));
  const have = haveOf(revisions, [
    { revision: 'api-2', percent: 100, tag: 'v-2' },
    { revision: 'api-1', percent: 0, tag: 'v-1' },
    { revision: 'api-3', percent: 0, tag: 'theirs' },
  ]);
  const plan = planOf(have, wantOf('strategy: { preset: direct, keepRevisions: 2 }'));
  assert.deepEqual(linesOf(plan).slice(4, -1), [
    'cleanUp: moveTraffic api-2=0#v-2 api-3=0#theirs api-abc1234-00001=100#v-abc1234-00001',
    'cleanUp: deleteRevision api-1',
    'cleanUp: deleteRevision api-4',
    'cleanUp: deleteRevision api-5',
  ]);
});

test('names that are taken get a number', () => {
  const have = haveOf(
    [revisionOf('api-abc1234-00001', 1)],
    [{ revision: 'api-abc1234-00001', percent: 100, tag: 'v-abc1234-00001' }],
  );
  const { revision, tag } = planOf(have);
  assert.deepEqual([revision, tag], ['api-abc1234-00001-2', 'v-abc1234-00001-2']);
});

test('what the judge can see stands at each step, and a step that is blind is warned of', () => {
  const have = haveOf([revisionOf('api-1', 1)], [{ revision: 'api-1', percent: 100 }]);
  const plan = makePlan(wantOf(), have, {
    detectable: ({ traffic, durationMs }) => ({
      canaryRequests: (traffic * durationMs) / 1_000_000,
      errorsTimes: traffic > 10 ? 5 : null,
      latencyTimes: null,
    }),
    measuredRequests: 0,
    readsCounters: true,
  });
  assert.deepEqual(
    plan.stages.flatMap(({ detectable }) => detectable ?? []),
    [
      { canaryRequests: 3, errorsTimes: null, latencyTimes: null },
      { canaryRequests: 15, errorsTimes: 5, latencyTimes: null },
    ],
  );
  assert.deepEqual(plan.warnings, [
    {
      code: 'no_detection',
      message:
        'step 1 would bring about 3 requests to the new revision in 5 minutes: too few to find any fault with 80 % probability',
      hint: 'Give the step more time or traffic, send load to the service, or ship with --skip-canary.',
    },
  ]);
});

const THIN = 'strategy: { steps: [{ traffic: 10, for: 5m }, { traffic: 100 }] }';
const CONTINUES = THIN.replace('steps', 'on: { inconclusive: continue }, steps');
const SHARES = THIN.replace('steps', 'judge: { kind: thresholds, errorRate: 1% }, steps');

/** One request in ten seconds, and how many of them were measured. */
function dataGate(keys: string, measuredRequests: number, more: Partial<Want> = {}) {
  const have = haveOf([revisionOf('api-1', 1)], [{ revision: 'api-1', percent: 100 }]);
  const detectable = ({ traffic, durationMs }: { traffic: number; durationMs: number }) => {
    const canaryRequests = (traffic * durationMs) / 1_000_000;
    const outageRequests = canaryRequests < 40 ? null : 40;
    return { canaryRequests, errorsTimes: null, latencyTimes: null, outageRequests };
  };
  const { gates } = makePlan(wantOf(keys, more), have, {
    detectable,
    measuredRequests,
    readsCounters: false,
  });
  return gates.find(({ name }) => name === 'data');
}

test('a step that cannot get the requests its judge needs closes a gate, with the numbers', () => {
  const hint =
    'Give the step more time or traffic, send load to the service, or ship with --skip-canary.';
  assert.deepEqual(dataGate(THIN, 60), {
    name: 'data',
    state: 'closed',
    message:
      'step 1 would bring about 9 requests to the new revision in 5 min and 10 min of extension: too few to see even 20 % errors with 80 % probability; at 10 % it would take some 72 min',
    hint,
  });
  assert.equal(
    dataGate(SHARES, 60)?.message,
    'step 1 would bring about 9 requests to the new revision in 5 min and 10 min of extension: its judge needs 100; at 10 % it would take some 3 h',
  );
  assert.equal(dataGate(THIN.replace('5m', '2h'), 60)?.state, 'open');
});

test('a judge that is to count what nobody here counts closes it, too', () => {
  const keys = THIN.replace(
    'steps',
    'judge: { kind: sequential, weights: { errors: 1, latency: 0, refunds: 0 }, metrics: { refunds: refunds_total } }, steps',
  );
  assert.deepEqual(dataGate(keys, 0), {
    name: 'data',
    state: 'closed',
    message:
      "the judge is to count 'refunds_total', and the router of local-cloud counts requests only",
    hint: 'Name a Prometheus in ROLLOUT_PROMETHEUS_URL, or take judge.metrics away in this environment.',
  });
});

test('it says nothing of traffic that is not known, and of steps that are not judged', () => {
  assert.equal(dataGate(THIN, 19), undefined);
  assert.equal(dataGate(CONTINUES, 60), undefined);
  assert.equal(dataGate(THIN, 60, { skipCanary: true }), undefined);
  assert.equal(dataGate('strategy: direct', 60), undefined);
});

const freeze =
  'gates: { freeze: [{ weekly: fri 16:00 - mon 07:00, zone: Europe/Berlin, reason: weekend }, { from: 2026-12-24, until: 2026-12-27, reason: holidays }] }';

/** `lock open`, each gate with its state. */
function gatesOf(want: Want, annotations: Record<string, string> = {}, state?: Have['state']) {
  const have = haveOf(
    [revisionOf('api-1', 1), revisionOf('api-2', 2, { image: 'r/api:2', retired: true })],
    [{ revision: 'api-1', percent: 100 }],
    { annotations, ...(state && { state }) },
  );
  return planOf(have, want).gates;
}

const closed: [string, ReturnType<typeof gatesOf>, string][] = [
  [
    'another rollout',
    gatesOf(wantOf(), { [LOCK]: '{"id":"r-0","by":"bob","since":"2026-02-01T00:00:00Z"}' }),
    'bob has been shipping the service since 2026-02-01T00:00:00Z (rollout r-0)',
  ],
  [
    'a lock that cannot be read',
    gatesOf(wantOf(), { [LOCK]: 'x' }),
    'somebody has been shipping the service since ? (rollout ?)',
  ],
  [
    'a write that is not done',
    gatesOf(wantOf(), {}, 'reconciling'),
    'the platform is still at work on a write of ann@acme.example with rollout',
  ],
  [
    'a weekend in its zone',
    gatesOf(wantOf(freeze, { at: new Date('2026-02-06T15:00:00Z') })),
    'nothing is shipped to p each week until Mon 07:00 Europe/Berlin (weekend)',
  ],
  [
    'holidays',
    gatesOf(wantOf(freeze, { at: new Date('2026-12-24T00:00:00Z') })),
    'nothing is shipped to p until 2026-12-27T00:00:00.000Z (holidays)',
  ],
  [
    'another branch',
    gatesOf(wantOf('branches: [main, release/*]', { branch: 'feature/x' })),
    'the branch is feature/x, and p is shipped from main, release/*',
  ],
  [
    'an image that was taken back',
    gatesOf(wantOf(), { [QUARANTINE]: '[{"revision":"api-2","why":"5 % errors","at":"T"}]' }),
    'api-2, of the same image, was taken back at T: 5 % errors',
  ],
];
for (const [name, gates, message] of closed) {
  test(`closed: ${name}`, () => {
    const found = gates.filter(({ state }) => state === 'closed');
    assert.deepEqual(
      found.map((gate) => gate.message),
      [message],
    );
    assert.ok(found.every(({ hint }) => hint));
  });
}

test('gates that are passed on the way, skipped, or open', () => {
  const quarantine = { [QUARANTINE]: '[{"revision":"api-2","why":"5 % errors","at":"T"}]' };
  const keys = `approval: true, branches: main, ${freeze.replace('{ freeze', '{ tests: npm test, freeze')}`;
  const states = (more: Partial<Want>) =>
    gatesOf(wantOf(keys, more), quarantine).map(({ name, state }) => `${name} ${state}`);
  assert.deepEqual(states({ overrideQuarantine: true }), [
    'lock open',
    'freeze open',
    'branch open',
    'quarantine open',
    'tests pending',
    'approval pending',
  ]);
  assert.ok(states({ skipTests: true, branch: null }).includes('tests open'));
});
