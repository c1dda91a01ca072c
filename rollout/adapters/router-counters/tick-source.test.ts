import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startLocalCloud } from '../google/local-cloud.fake.ts';
import type { LocalCloudFake } from '../google/local-cloud.fake.ts';
import { USED, useTwo } from '../google/two-revisions.fake.ts';
import { RouterTickSource } from './tick-source.ts';

let cloud: LocalCloudFake;
before(async () => {
  cloud = await startLocalCloud();
});
after(() => cloud.close());

const REQUEST = {
  ref: { project: 'local', region: 'here', service: 'none' },
  canary: 'none-2',
  stable: ['none-1'],
  from: '2026-01-01T00:00:00.000Z',
  tickSeconds: 5,
  counters: {},
};

test('each request is counted once, in its arm', async () => {
  const source = new RouterTickSource({ endpoint: cloud.rest });
  assert.deepEqual(await useTwo(cloud, source), USED);
});

test('a service that nobody asked has no data', async () => {
  const source = new RouterTickSource({ endpoint: cloud.rest });
  const from = new Date(Math.floor(Date.now() / 1000 - 12) * 1000).toISOString();
  const ticks = await source.readTicks({ ...REQUEST, from });
  assert.deepEqual(ticks, [
    { startAt: from, seconds: 5, canary: null, stable: null },
    {
      startAt: new Date(Date.parse(from) + 5000).toISOString(),
      seconds: 5,
      canary: null,
      stable: null,
    },
  ]);
});

test('a router that is not there, or that refuses, has no metrics', async () => {
  const gone = new RouterTickSource({ endpoint: 'http://127.0.0.1:1' });
  await assert.rejects(gone.readTicks(REQUEST), { code: 'metrics_unavailable' });
  const source = new RouterTickSource({ endpoint: cloud.rest });
  const ref = { ...REQUEST.ref, service: 'a/b' };
  await assert.rejects(source.readTicks({ ...REQUEST, ref }), {
    code: 'metrics_unavailable',
    message: /^No counters of local-cloud: status 400, /,
  });
});
