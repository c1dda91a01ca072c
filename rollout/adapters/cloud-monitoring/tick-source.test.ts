import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { systemClock } from 'base/clock.ts';
import { grpcOptions } from '../google/grpc-options.ts';
import { startLocalCloud } from '../google/local-cloud.fake.ts';
import type { LocalCloudFake } from '../google/local-cloud.fake.ts';
import { USED, useTwo } from '../google/two-revisions.fake.ts';
import { MonitoringTickSource } from './tick-source.ts';

const REF = { project: 'local', region: 'here', service: 'shop' };
const DELAY_SECONDS = 2;
let cloud: LocalCloudFake;
let source: MonitoringTickSource;

before(async () => {
  cloud = await startLocalCloud('--metrics-period', '1s', '--metrics-delay', `${DELAY_SECONDS}s`);
  source = new MonitoringTickSource({
    grpcOptions: () => grpcOptions(cloud.grpc),
    clock: systemClock,
    random: Math.random,
  });
});
after(async () => {
  await source.close();
  await cloud.close();
});

async function order(fault: object): Promise<void> {
  const body = JSON.stringify({ kind: 'status', ...fault });
  assert.ok((await fetch(`${cloud.rest}/local/v1/faults`, { method: 'POST', body })).ok);
}

test('the descriptors say how long a tick is and when it can be read', async () => {
  assert.deepEqual(await source.describe(REF), { tickSeconds: 1, delaySeconds: DELAY_SECONDS });
});

test('each request is counted once, in its arm', async () => {
  assert.deepEqual(await useTwo(cloud, source), USED);
});

test('a refusal is final, an outage is asked again', async () => {
  const from = new Date(Date.now() - 10_000).toISOString();
  const request = {
    ref: REF,
    canary: 'shop-2',
    stable: ['shop-1'],
    from,
    tickSeconds: 5,
    counters: {},
  };
  await order({ method: 'ListTimeSeries', times: 2 });
  assert.equal((await source.readTicks(request)).length, 1);
  await order({ method: 'ListTimeSeries', code: 'PERMISSION_DENIED', times: 2 });
  await assert.rejects(source.readTicks(request), { code: 'metrics_denied' });
  await order({ method: 'ListTimeSeries' });
  await assert.rejects(source.readTicks(request), { code: 'metrics_unavailable' });
});
