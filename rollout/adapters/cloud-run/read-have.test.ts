import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readHave } from './read-have.ts';
import type { RevisionRead, ServiceRead } from './read-have.ts';

const REF = { project: 'p', region: 'europe-west1', service: 'shop' };
const NAME = 'projects/p/locations/europe-west1/services/shop';
const LATEST = 'TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST';
const REVISION = 'TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION';

const SERVICE: ServiceRead = {
  name: NAME,
  generation: '4',
  observedGeneration: '4',
  etag: '"4"',
  uri: 'https://shop.run.app',
  terminalCondition: { type: 'Ready', state: 'CONDITION_SUCCEEDED', message: 'fine' },
  annotations: { a: '1' },
  lastModifier: 'ann@example.com',
  client: 'gcloud',
  updateTime: { seconds: '1767225600', nanos: 250_000_000 },
  template: { sessionAffinity: true },
  latestCreatedRevision: `${NAME}/revisions/shop-3`,
  traffic: [
    { type: LATEST, percent: 90 },
    { type: REVISION, revision: 'shop-1', percent: 10 },
    { type: REVISION, revision: 'shop-2', percent: 0, tag: 'old' },
  ],
  trafficStatuses: [
    { type: LATEST, revision: 'shop-3', percent: 90 },
    { type: REVISION, revision: 'shop-1', percent: 10 },
    { type: REVISION, revision: 'shop-2', tag: 'old', uri: 'https://old---shop.run.app' },
  ],
};

function revision(number: number, more: RevisionRead = {}): RevisionRead {
  return {
    name: `${NAME}/revisions/shop-${number}`,
    generation: '1',
    observedGeneration: '1',
    createTime: { seconds: String(1_767_225_600 + number), nanos: 0 },
    containers: [{ image: `shop:${number}` }],
    conditions: [
      { type: 'Active', state: 'CONDITION_FAILED', message: 'no traffic' },
      { type: 'Ready', state: 'CONDITION_SUCCEEDED' },
    ],
    ...more,
  };
}

test('a service is read as the engine sees it, its newest revision first', () => {
  const failed: RevisionRead = {
    labels: { commit: 'abc' },
    conditions: [{ type: 'Ready', state: 'CONDITION_FAILED', message: 'does not listen' }],
  };
  assert.deepEqual(readHave(REF, SERVICE, [revision(0), revision(1), revision(3, failed)]), {
    ref: REF,
    etag: '"4"',
    url: 'https://shop.run.app',
    state: 'ready',
    traffic: [
      { revision: null, percent: 90 },
      { revision: 'shop-1', percent: 10 },
      { revision: 'shop-2', percent: 0, tag: 'old' },
    ],
    served: [
      { revision: 'shop-3', percent: 90 },
      { revision: 'shop-1', percent: 10 },
      { revision: 'shop-2', percent: 0, tag: 'old', url: 'https://old---shop.run.app' },
    ],
    revisions: [
      {
        name: 'shop-3',
        createdAt: '2026-01-01T00:00:03.000Z',
        image: 'shop:3',
        state: 'failed',
        message: 'does not listen',
        retired: false,
        commit: 'abc',
      },
      {
        name: 'shop-1',
        createdAt: '2026-01-01T00:00:01.000Z',
        image: 'shop:1',
        state: 'ready',
        retired: false,
      },
      {
        name: 'shop-0',
        createdAt: '2026-01-01T00:00:00.000Z',
        image: 'shop:0',
        state: 'ready',
        retired: true,
      },
    ],
    annotations: { a: '1' },
    changedBy: { who: 'ann@example.com', client: 'gcloud', at: '2026-01-01T00:00:00.250Z' },
    sessionAffinity: true,
  });
});

test('a condition is believed only when it speaks of the newest generation', () => {
  const failed = { type: 'Ready', state: 'CONDITION_FAILED', message: 'no' } as const;
  const states: readonly (readonly [ServiceRead, object])[] = [
    [{}, { state: 'ready' }],
    [{ reconciling: true }, { state: 'reconciling', message: 'fine' }],
    [{ observedGeneration: '3' }, { state: 'reconciling', message: 'fine' }],
    [{ terminalCondition: failed }, { state: 'failed', message: 'no' }],
    [
      { terminalCondition: { ...failed, state: 'CONDITION_RECONCILING' } },
      { state: 'reconciling', message: 'no' },
    ],
    [{ terminalCondition: null }, { state: 'reconciling' }],
  ];
  for (const [more, expected] of states) {
    const { state, message } = readHave(REF, { ...SERVICE, ...more }, []);
    assert.deepEqual({ state, ...(message && { message }) }, expected);
  }
});

test('a service that asks for no traffic asks for the latest', () => {
  const { traffic } = readHave(REF, { ...SERVICE, traffic: [] }, []);
  assert.deepEqual(traffic, [{ revision: null, percent: 100 }]);
});
