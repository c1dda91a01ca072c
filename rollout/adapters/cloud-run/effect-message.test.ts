import assert from 'node:assert/strict';
import { test } from 'node:test';
import { protos } from '@google-cloud/run';
import type { Effect, RevisionTemplate } from '../../engine/plan/effect.ts';
import { checkMessage } from './check-message.ts';
import { effectMessage } from './effect-message.ts';
import type { Kept } from './effect-message.ts';

const REF = { project: 'p', region: 'europe-west1', service: 'shop' };
const NAME = 'projects/p/locations/europe-west1/services/shop';

const BARE: RevisionTemplate = {
  image: 'shop@sha256:1',
  command: [],
  args: [],
  port: 8080,
  env: {},
  secrets: {},
  cpu: '1',
  memory: '512Mi',
  concurrency: 80,
  timeoutMs: 300_000,
  maxInstances: 10,
  labels: {},
};

const BARE_MESSAGE = {
  revision: 'shop-2',
  scaling: { maxInstanceCount: 10 },
  timeout: { seconds: '300', nanos: 0 },
  containers: [
    {
      image: 'shop@sha256:1',
      resources: { limits: { cpu: '1', memory: '512Mi' } },
      ports: [{ containerPort: 8080 }],
    },
  ],
  maxInstanceRequestConcurrency: 80,
};

const TRAFFIC = [
  { revision: 'shop-1', percent: 100 },
  { revision: 'shop-2', percent: 0, tag: 'canary' },
  { revision: 'shop-0', percent: 0, tag: 'foreign' },
];
const REVISION = 'TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION';
const TRAFFIC_MESSAGE = [
  { type: REVISION, revision: 'shop-1', percent: 100 },
  { type: REVISION, revision: 'shop-2', percent: 0, tag: 'canary' },
  { type: REVISION, revision: 'shop-0', percent: 0, tag: 'foreign' },
];

/** The request, after the check that each one passes before it is sent. */
function requestOf(effect: Effect, kept: Kept = {}): object {
  const etag = effect.kind === 'createService' ? null : '"7"';
  const message = effectMessage(REF, { effect, etag }, kept);
  checkMessage(protos.google.cloud.run.v2[message.type], message.type, message.request);
  return { [message.method]: message.request };
}

function deployed(more: Partial<Extract<Effect, { kind: 'deployRevision' }>> = {}): Effect {
  const effect = { revision: 'shop-2', template: BARE, minInstances: 0, traffic: TRAFFIC };
  return { kind: 'deployRevision', ...effect, ...more };
}

test('traffic moves with a mask of nothing else, and LATEST has no revision', () => {
  const traffic = [...TRAFFIC, { revision: null, percent: 0, tag: 'newest' }];
  assert.deepEqual(requestOf({ kind: 'moveTraffic', traffic }), {
    updateService: {
      updateMask: { paths: ['traffic'] },
      service: {
        name: NAME,
        traffic: [
          ...TRAFFIC_MESSAGE,
          { type: 'TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST', percent: 0, tag: 'newest' },
        ],
        etag: '"7"',
      },
    },
  });
});

test('a deploy writes template and traffic, and no scaling that stays as it is', () => {
  const kept = { scaling: { minInstanceCount: 2, scalingMode: 'AUTOMATIC' as const } };
  const service = { name: NAME, template: BARE_MESSAGE, traffic: TRAFFIC_MESSAGE };
  assert.deepEqual(requestOf(deployed({ minInstances: 2 }), kept), {
    updateService: {
      updateMask: { paths: ['template', 'traffic'] },
      service: { ...service, etag: '"7"' },
    },
  });
  assert.deepEqual(requestOf(deployed({ minInstances: 3 }), kept), {
    updateService: {
      updateMask: { paths: ['template', 'traffic', 'scaling'] },
      service: {
        ...service,
        scaling: { minInstanceCount: 3, scalingMode: 'AUTOMATIC' },
        etag: '"7"',
      },
    },
  });
});

test('a template has all that the plan says', () => {
  const template: RevisionTemplate = {
    ...BARE,
    command: ['node', 'shop.js'],
    args: ['--fast'],
    workingDir: '/shop',
    env: { MODE: 'on', EMPTY: '' },
    secrets: { KEY: { secret: 'shop-key', version: '3' } },
    timeoutMs: 1500,
    serviceAccount: 'shop@p.iam.gserviceaccount.com',
    labels: { commit: 'abc' },
    startupPath: '/up',
    livenessPath: '/alive',
  };
  const { updateService } = requestOf(deployed({ template })) as {
    updateService: { service: { template: object } };
  };
  assert.deepEqual(updateService.service.template, {
    ...BARE_MESSAGE,
    labels: { commit: 'abc' },
    timeout: { seconds: '1', nanos: 500_000_000 },
    serviceAccount: 'shop@p.iam.gserviceaccount.com',
    containers: [
      {
        image: 'shop@sha256:1',
        command: ['node', 'shop.js'],
        args: ['--fast'],
        env: [
          { name: 'MODE', value: 'on' },
          { name: 'EMPTY', value: '' },
          { name: 'KEY', valueSource: { secretKeyRef: { secret: 'shop-key', version: '3' } } },
        ],
        resources: { limits: { cpu: '1', memory: '512Mi' } },
        ports: [{ containerPort: 8080 }],
        workingDir: '/shop',
        livenessProbe: {
          timeoutSeconds: 5,
          periodSeconds: 10,
          failureThreshold: 3,
          httpGet: { path: '/alive' },
        },
        startupProbe: {
          timeoutSeconds: 1,
          periodSeconds: 1,
          failureThreshold: 120,
          httpGet: { path: '/up' },
        },
      },
    ],
  });
});

test('a new service takes all traffic on its first revision, with the lock in it', () => {
  const effect: Effect = {
    kind: 'createService',
    revision: 'shop-2',
    tag: 'first',
    template: BARE,
    minInstances: 1,
    annotations: { 'rollout.dev/active': '{}' },
  };
  assert.deepEqual(requestOf(effect), {
    createService: {
      parent: 'projects/p/locations/europe-west1',
      serviceId: 'shop',
      service: {
        annotations: { 'rollout.dev/active': '{}' },
        client: 'rollout',
        template: BARE_MESSAGE,
        traffic: [{ type: REVISION, revision: 'shop-2', percent: 100, tag: 'first' }],
        scaling: { minInstanceCount: 1 },
      },
    },
  });
});

test('annotations are written whole, with those of others', () => {
  const effect: Effect = { kind: 'annotate', annotations: { 'rollout.dev/active': null, a: '1' } };
  const kept = { annotations: { 'rollout.dev/active': '{}', 'team.example/owner': 'us' } };
  assert.deepEqual(requestOf(effect, kept), {
    updateService: {
      updateMask: { paths: ['annotations'] },
      service: { name: NAME, annotations: { 'team.example/owner': 'us', a: '1' }, etag: '"7"' },
    },
  });
});

test('the last annotation can be taken away', () => {
  const effect: Effect = { kind: 'annotate', annotations: { 'rollout.dev/active': null } };
  const kept = { annotations: { 'rollout.dev/active': '{}' } };
  assert.deepEqual(requestOf(effect, kept), {
    updateService: {
      updateMask: { paths: ['annotations'] },
      service: { name: NAME, annotations: {}, etag: '"7"' },
    },
  });
});

test('a revision is deleted by its whole name', () => {
  assert.deepEqual(requestOf({ kind: 'deleteRevision', revision: 'shop-1' }), {
    deleteRevision: { name: `${NAME}/revisions/shop-1` },
  });
});
