import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import {
  CloudRig,
  hasCode,
  PARENT,
  serviceName,
  template,
  to,
} from '../control-plane/cloud-rig.fake.ts';

let rig: CloudRig;

before(async () => {
  rig = await CloudRig.start();
  await rig.create('shop', { traffic: [to('shop-one', 100)] });
});

afterEach(() => rig.clearFaults());

after(() => rig.end());

/** Each call once, without the client's own patience. */
const once = { retry: null };
const name = serviceName('shop');

test('a method answers a code as often as asked', async () => {
  await rig.addFault({ kind: 'status', method: 'GetService', times: 2 });
  await assert.rejects(
    rig.services.getService({ name }, once),
    hasCode(14, /^14 UNAVAILABLE: The fault/),
  );
  await assert.rejects(rig.services.getService({ name }, once), hasCode(14, /UNAVAILABLE/));
  await rig.services.getService({ name }, once);
});

test('a share of the calls is refused with the code and words that are wanted', async () => {
  const message = 'somebody else wrote';
  await rig.addFault({ kind: 'status', code: 'ABORTED', percent: 50, message });
  const outcomes = await Promise.allSettled(
    Array.from({ length: 60 }, () => rig.services.getService({ name }, once)),
  );
  const refused = outcomes.filter(({ status }) => status === 'rejected');
  assert.ok(refused.length > 10 && refused.length < 50, `${refused.length} of 60`);
  const { reason } = refused[0] as { reason: Error };
  assert.equal(reason.message, `10 ABORTED: ${message}`);
});

test('a call is slow', async () => {
  await rig.addFault({ kind: 'slow', method: 'GetService', delayMs: 300, times: 1 });
  const startedAt = performance.now();
  await rig.services.getService({ name }, once);
  assert.ok(performance.now() - startedAt >= 299);
});

test('an operation is slow', async () => {
  await rig.addFault({ kind: 'operation', effect: 'slow', delayMs: 400, times: 1 });
  const startedAt = performance.now();
  await rig.update('shop', { labels: { slow: 'yes' } }, ['labels']);
  assert.ok(performance.now() - startedAt >= 399);
});

test('an operation never ends, while later ones do, and goes on when the fault is cleared', async () => {
  await rig.addFault({ kind: 'operation', effect: 'stuck', service: 'shop', times: 1 });
  const [stuck] = await rig.services.updateService({
    service: { name, labels: { stuck: 'yes' } },
    updateMask: { paths: ['labels'] },
  });
  const { terminalCondition, reconciling } = await rig.get('shop');
  assert.deepEqual([terminalCondition?.state, reconciling], ['CONDITION_RECONCILING', true]);
  await rig.update('shop', { labels: { stuck: 'no' } }, ['labels']);
  const isDone = async () => (await rig.services.checkUpdateServiceProgress(stuck.name ?? '')).done;
  assert.equal(await isDone(), false);
  await rig.clearFaults();
  await stuck.promise();
  assert.equal(await isDone(), true);
});

test('an operation fails in the words that are wanted, and traffic stays', async () => {
  const message = 'Quota exceeded.';
  await rig.addFault({
    kind: 'operation',
    effect: 'fail',
    code: 'RESOURCE_EXHAUSTED',
    message,
    times: 1,
  });
  const moved = rig.update('shop', { traffic: [to('shop-one', 100, 'x')] }, ['traffic']);
  await assert.rejects(moved, hasCode(8, /^Quota exceeded\.$/));
  const { terminalCondition, trafficStatuses, reconciling } = await rig.get('shop');
  assert.deepEqual(
    [terminalCondition?.state, terminalCondition?.message, trafficStatuses?.length, reconciling],
    ['CONDITION_FAILED', message, 1, false],
  );
  assert.equal(trafficStatuses?.[0]?.tag, '');
  await rig.update('shop', { traffic: [to('shop-one', 100)] }, ['traffic']);
});

test('a read is as old as asked: from before the service, too', async () => {
  await rig.addFault({ kind: 'stale', ageMs: 3_600_000, service: 'shop' });
  await rig.create('cart');
  await assert.rejects(rig.get('shop'), hasCode(5, /'shop' of kind 'SERVICE'/));
  const [listed] = await rig.services.listServices({ parent: PARENT });
  assert.deepEqual(
    listed.map(({ name }) => name),
    [serviceName('cart')],
  );
});

test('a revision that comes does not start', async () => {
  await rig.addFault({ kind: 'revision', service: 'shop', revision: 'shop-dead', failStart: true });
  const sent = { template: template('shop-dead'), traffic: [to('shop-one', 100)] };
  await assert.rejects(
    rig.update('shop', sent, ['template', 'traffic']),
    hasCode(9, /'shop-dead' is not ready.*the fault failStart is set/s),
  );
});

test('a revision errs and is slow until that is cleared', async () => {
  const { uri } = await rig.get('shop');
  await rig.addFault({ kind: 'revision', service: 'shop', errorPercent: 100, delayMs: 150 });
  const startedAt = performance.now();
  assert.equal((await fetch(uri ?? '')).status, 500);
  assert.ok(performance.now() - startedAt >= 149);
  await rig.clearFaults();
  assert.equal((await fetch(uri ?? '')).status, 200);
});

test('metrics never come, of one revision', async () => {
  const { uri } = await rig.get('shop');
  await (await fetch(uri ?? '')).text();
  const seconds = `from=${Math.floor(Date.now() / 1000) - 60}&to=9999999999`;
  const url = `${rig.cloud.endpoints.rest}/local/v1/counters?service=${name}&${seconds}`;
  const counted = async () =>
    ((await (await fetch(url)).json()) as { counters: { revision: string }[] }).counters.length;
  assert.ok((await counted()) > 0);
  await rig.addFault({ kind: 'metrics', effect: 'missing', revision: 'shop-two' });
  assert.ok((await counted()) > 0);
  await rig.addFault({ kind: 'metrics', effect: 'missing', revision: 'shop-one' });
  assert.equal(await counted(), 0);
});

test('what is no fault is refused with all that is wrong', async () => {
  const response = await fetch(`${rig.cloud.endpoints.rest}/local/v1/faults`, {
    method: 'POST',
    body: JSON.stringify({ kind: 'slow', delayMs: -1, nonsense: true }),
  });
  assert.equal(response.status, 400);
  const { error } = (await response.json()) as { error: { message: string } };
  assert.match(error.message, /delayMs: .*; .*nonsense/);
});
