import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatProblem } from 'base/document/problem.ts';
import { assert as assertProperty, nat, property, string, tuple } from 'fast-check';
import { buildFor } from './build-for.ts';
import { initFile } from './init-file.ts';
import { loadRolloutFile } from './load-rollout-file.ts';
import { PRESETS } from './resolve/preset.ts';

function problemsOf(text: string): string[] {
  return loadRolloutFile(text).problems.map((problem) =>
    formatProblem(problem).replace('rollout.yaml:', ''),
  );
}

/** A file that is right, but for its strategy. */
function ofStrategy(strategy: string): string[] {
  return problemsOf(
    `service: a\ncommand: [a]\nenvironments: { local: { project: local } }\nstrategy: ${strategy}\n`,
  );
}

/** A file that is right, but for these keys. */
function ofKeys(keys: string): string[] {
  return problemsOf(
    `service: a\nimage: r/a\nenvironments: { p: { project: acme, region: europe-west1 } }\n${keys}`,
  );
}

test('the file that init writes has no mistake', () => {
  assert.deepEqual(problemsOf(initFile('shop')), []);
  assert.equal(loadRolloutFile(initFile('shop')).file?.services[0]?.name, 'shop');
});

test('its strategy is the default one, but for the health check and the suite', () => {
  const { file } = loadRolloutFile(initFile('shop'));
  const { prove, ...strategy } = file?.services[0]?.environments.production?.strategy ?? {};
  const { prove: _, ...expected } = PRESETS.sequential;
  assert.deepEqual(strategy, expected);
  assert.deepEqual(prove, { health: '/health/ready', suite: 'smoke', retries: 5 });
});

test('the closest level wins; variables, secrets and probes of all levels are joined', () => {
  const { file, problems } = loadRolloutFile(`services:
  - name: api
    cpu: 2
    env: { A: service, B: 2, C: true }
    environments: { production: { memory: 2Gi, env: { C: closest } } }
  - { name: worker, command: [node, w.js], build: { kind: none } }
build: { kind: cloud-build }
image: r/all
cpu: 1
timeout: 90s
env: { A: file, D: file }
probes: { startup: /up, liveness: /live }
environments:
  local: { project: local }
  production:
    project: acme
    region: europe-west1
    branches: main
    approval: true
    probes: { startup: /ready }
    env: { B: environment }
    secrets: { KEY: key, PIN: pin:3 }
    strategy: direct
`);
  assert.deepEqual(problems, []);
  const [api, worker] = file?.services ?? [];
  assert.ok(api && worker);
  const { strategy, scheduler: _, ...production } = api.environments.production ?? {};
  assert.equal(strategy, PRESETS.direct);
  assert.deepEqual(production, {
    name: 'production',
    project: 'acme',
    region: 'europe-west1',
    branches: ['main'],
    approval: true,
    image: 'r/all',
    runtime: {
      cpu: '2',
      memory: '2Gi',
      concurrency: 80,
      timeoutMs: 90_000,
      minInstances: 0,
      maxInstances: 100,
      env: { A: 'service', B: 'environment', C: 'closest', D: 'file' },
      envFile: null,
      secrets: { KEY: { secret: 'key', version: 'latest' }, PIN: { secret: 'pin', version: '3' } },
      serviceAccount: null,
      command: [],
      args: [],
      workingDir: null,
      port: 8080,
      startupPath: '/ready',
      livenessPath: '/live',
    },
    gates: { tests: null, freezes: [] },
  });
  assert.deepEqual(buildFor(api, production), { kind: 'cloud-build', file: null, context: '.' });
  assert.deepEqual(worker.build, { kind: 'none' });
});

test('scheduled calls of the closest level are all there are, with the defaults of Cloud Scheduler', () => {
  const { file } = loadRolloutFile(`service: api
image: r/all
environments:
  near:
    project: local
    scheduler:
      near: { schedule: '0 4 * JAN-DEC/2 mon,5', path: /near, headers: { X-Key: { secret: 'key:2' } } }
  far: { project: local }
scheduler: { far: { schedule: '* * * * *', path: /far } }
`);
  const { near, far } = file?.services[0]?.environments ?? {};
  assert.deepEqual(Object.keys(far?.scheduler ?? {}), ['far']);
  assert.deepEqual(near?.scheduler, {
    near: {
      schedule: '0 4 * JAN-DEC/2 mon,5',
      zone: 'Etc/UTC',
      path: '/near',
      method: 'POST',
      headers: { 'X-Key': { secret: { secret: 'key', version: '2' } } },
      body: null,
      serviceAccount: null,
      retries: 0,
      backoff: { fromMs: 5_000, toMs: 3_600_000, doublings: 5 },
      deadlineMs: 180_000,
    },
  });
});

test('a process of local-cloud needs no image, whatever the build', () => {
  const { file } = loadRolloutFile(initFile('shop'));
  const [service] = file?.services ?? [];
  assert.ok(service);
  const kinds = Object.values(service.environments).map((one) => buildFor(service, one).kind);
  assert.deepEqual(kinds, ['none', 'dockerfile', 'dockerfile']);
});

test('every mistake is told at once, with its place', () => {
  const text = `service: Hello
port: 80800
environments:
  local: { project: local, comand: [a], strategy: { prove: { suite: smok } } }
  production: { project: acme, cpu: 3, env: { PORT: 1 }, secrets: { A: a b } }
strategy: canary
suites: { smoke: [ { path: health } ] }
gates:
  freeze: [ { from: 2026-12-24, until: 2026-12-20, reason: x }, { weekly: fri, reason: a } ]
`;
  assert.deepEqual(problemsOf(text), [
    "1:10: 'service' is 'Hello'; expected a name of small letters, digits and -, at most 40 characters long",
    "2:7: 'port' is 80800; expected at most 65535",
    "4:3: 'command' is missing; expected the program to run on this machine, or an image",
    "4:28: 'comand' is not a known key; expected project, region, branches, approval, image, gates, strategy, scheduler, cpu, memory, concurrency, timeout, minInstances, maxInstances, env, envFile, secrets, serviceAccount, command, args, workingDir, port or probes; did you mean 'command'?",
    "4:69: there is no suite 'smok'; expected it among suites",
    "5:3: 'region' is missing; expected a region such as europe-west1",
    "5:3: 'image' is missing; expected the image to deploy",
    "5:37: 'cpu' is 3; expected 0.08 to 1, 2, 4, 6 or 8",
    "5:47: 'PORT' cannot be a key here; expected another name: the platform sets this one itself",
    "5:72: 'A' is ***; expected the name of a secret in Secret Manager, such as db-password or db-password:3",
    "6:11: 'strategy' is 'canary'; expected one of sequential, canary-10-50-100, gradual-25-50-100, canary-10 or direct",
    "7:28: 'path' is 'health'; expected a path such as /health/ready",
    "9:40: 'until' is not after 'from'; expected a later moment",
    "9:75: 'weekly' is 'fri'; expected days and hours such as 'fri 16:00 - mon 08:00'",
  ]);
});

const strategies: [string, string, string[]][] = [
  [
    'steps that do not rise',
    '{ steps: [{ traffic: 50, for: 5m }, { traffic: 50, for: 5m }, { traffic: 100 }] }',
    ["4:58: 'traffic' is 50 after 50; expected more than in the step before"],
  ],
  [
    'traffic over 100',
    '{ steps: [{ traffic: 10, for: 5m }, { traffic: 110 }] }',
    ["4:58: 'traffic' is 110; expected at most 100"],
  ],
  [
    'a part of a percent',
    '{ steps: [{ traffic: 0.5, for: 5m }, { traffic: 100 }] }',
    ["4:32: 'traffic' is 0.5; expected a whole number"],
  ],
  [
    'a last step below 100',
    '{ steps: [{ traffic: 10, for: 5m }] }',
    [
      "4:32: 'traffic' of the last step is 10; expected 100; add { traffic: 100, watch: 10m } after it",
    ],
  ],
  [
    'watch on a step that is not the last',
    '{ steps: [{ traffic: 10, watch: 5m }, { traffic: 100, for: 2m }] }',
    [
      "4:36: 'watch' stands at a step that is not the last; use for: 5m",
      "4:65: 'for' stands at the last step, which has nothing to be compared with; use watch: 2m",
    ],
  ],
  [
    'a step without a time',
    '{ steps: [{ traffic: 10 }, { traffic: 100 }] }',
    ["4:21: 'for' is missing; expected how long the step is judged, such as 5m"],
  ],
  [
    'a soak longer than a step',
    '{ steps: [{ traffic: 10, for: 90s }, { traffic: 100 }], judge: { kind: sequential, soak: 2m, every: 100s } }',
    [
      "4:100: 'soak' is 2m; expected at most the shortest step, 90s",
      "4:111: 'every' is 100s; expected at most the shortest step, 90s",
    ],
  ],
  [
    'thresholds without thresholds',
    '{ judge: { kind: thresholds, minRequests: 50 } }',
    [
      '4:13: the judge has no threshold, so that it would promote anything; expected at least one of errorRate, p95, p99 or maxErrors',
    ],
  ],
  ['thresholds in each step', '{ preset: canary-10-50-100, judge: { kind: thresholds } }', []],
  [
    'thresholds that contradict each other',
    '{ judge: { kind: thresholds, p95: 2s, p99: 500ms } }',
    ["4:54: 'p99' is 500ms; expected at least p95, 2s"],
  ],
  [
    'a limit of errors for the sequential judge',
    '{ steps: [{ traffic: 10, for: 5m, maxErrors: 3 }, { traffic: 100 }] }',
    [
      "4:45: 'maxErrors' is for the judge of kind thresholds, here it is sequential; take it away, or write judge: { kind: thresholds }",
    ],
  ],
  [
    'an error rate that leaves open what 1 is',
    '{ judge: { kind: thresholds, errorRate: 1 } }',
    ["4:51: 'errorRate' is 1; expected text; say of what, as in 5m or 1%"],
  ],
  [
    'weights that do not sum to 1',
    '{ judge: { kind: sequential, weights: { errors: 0.9, latency: 0.2 } } }',
    ["4:49: 'weights' sum to 1.1; expected 1"],
  ],
  [
    'weights without metrics, and metrics without weights',
    '{ judge: { kind: sequential, weights: { errors: 0.5, latency: 0.3, refund: 0.2 }, metrics: { refunds: refunds_total, latency: x, bad: "x{}" } } }',
    [
      "4:78: unknown key 'refund'; expected errors, latency, or a name in metrics",
      "4:104: 'refunds' has no weight, so that it would decide nothing; write weights: { errors: 0.4, latency: 0.4, refunds: 0.2 }",
      "4:128: 'latency' is measured already; expected a name of your own",
      "4:145: 'bad' is 'x{}'; expected the name of a counter, such as payments_failed_total",
    ],
  ],
  [
    'reactions that are impossible',
    '{ on: { noData: rollback, inconclusive: extend 10m, providerError: retri 5m then hold } }',
    [
      "4:27: 'noData' is 'rollback'; expected extend, hold or abort, such as 'extend 10m then hold'",
      "4:51: 'inconclusive' is 'extend 10m'; expected 'then hold' or another end after 'extend 10m'",
      "4:78: 'providerError' is 'retri 5m then hold'; expected retry, hold or abort, such as 'retry 10m then hold'; did you mean 'retry'?",
    ],
  ],
  [
    'an unknown preset',
    '{ preset: sequentiel }',
    [
      "4:21: 'preset' is 'sequentiel'; expected one of sequential, canary-10-50-100, gradual-25-50-100, canary-10 or direct; did you mean 'sequential'?",
    ],
  ],
];
for (const [name, strategy, expected] of strategies) {
  test(`a strategy with ${name}`, () => assert.deepEqual(ofStrategy(strategy), expected));
}

const runtimes: [string, string, string[]][] = [
  [
    'more instances at least than at most',
    'minInstances: 5\nmaxInstances: 2',
    ["4:15: 'minInstances' is 5; expected at most maxInstances, 2"],
  ],
  [
    'memory that needs more CPUs',
    'memory: 6Gi',
    ["4:9: 'memory' is 6Gi; expected less, or cpu: 2"],
  ],
  [
    'CPUs that need more memory',
    'cpu: 8',
    ["3:17: 'memory' is 512Mi; expected at least 4Gi with 8 CPUs"],
  ],
  [
    'less than a CPU for many',
    'cpu: 500m',
    ["4:6: 'cpu' is 500m with a concurrency of 80; expected at least 1, or concurrency: 1"],
  ],
  [
    'a timeout over an hour',
    'timeout: 2h',
    ["4:10: 'timeout' is 120m; expected at most 1h, as Cloud Run allows"],
  ],
  ['a variable twice', 'env: { A: 1 }\nsecrets: { A: a }', ["5:10: 'A' is in env and in secrets"]],
  [
    'a working directory in the cloud',
    'workingDir: x',
    [
      "4:13: 'workingDir' is for project: local; the project is acme; set WORKDIR in the Dockerfile",
    ],
  ],
  [
    'a repository with a tag',
    'build: { kind: dockerfile }\npaths: [a]\nservices: [{ name: b, image: r/b:1 }]',
    [
      "1:1: 'service' stands beside 'services'; expected one of the two",
      "6:30: 'image' is 'r/b:1'; expected a repository without tag or digest: each build gets its own",
    ],
  ],
];
for (const [name, keys, expected] of runtimes) {
  test(`a service with ${name}`, () => assert.deepEqual(ofKeys(keys), expected));
}

test('services need names of their own, and environments that are declared', () => {
  const text = `services:
  - { name: a, environments: { prod: { cpu: 1 } } }
  - { name: a }
environments: { production: { project: acme } }
`;
  assert.deepEqual(problemsOf(text), [
    "2:32: there is no environment 'prod'; expected production",
    "3:13: 'name' is 'a', as of another service; expected a name of its own",
    "4:17: 'region' is missing; expected a region such as europe-west1",
    "4:17: 'image' is missing; expected the image to deploy",
  ]);
});

test('what was meant is said how to be written', () => {
  const text = `services: { a: {} }
build: dockerfile
environments:
  local: { project: local, command: node server.js, strategy: { judge: sequential } }
gates: { freeze: [ { weekly: mon 00:00 - mon 00:00, reason: x } ] }
`;
  assert.deepEqual(problemsOf(text), [
    "1:11: 'services' is a map; expected a list",
    "2:8: 'build' is 'dockerfile'; expected a map; write { kind: dockerfile }",
    "4:37: 'command' is 'node server.js'; expected a list; write it in parts, as in [node, server.js]",
    "4:72: 'judge' is 'sequential'; expected a map; write { kind: sequential }",
    "5:30: 'weekly' is 'mon 00:00 - mon 00:00'; expected an end that is not the beginning",
  ]);
});

test('no text whatever makes loading throw', () => {
  const text = initFile('shop');
  const piece = tuple(nat(text.length), nat(20), string({ maxLength: 8 }));
  assertProperty(
    property(piece, ([at, length, put]) => {
      const { file, problems } = loadRolloutFile(text.slice(0, at) + put + text.slice(at + length));
      assert.equal(file === null, problems.length > 0);
    }),
    { numRuns: 150 },
  );
});
