import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeClock } from './clock.fake.ts';
import { systemClock } from './clock.ts';

test('the system clock sleeps at least as long as asked', async () => {
  const before = performance.now();
  await systemClock.sleep(20);
  assert.ok(performance.now() - before >= 20);
});

test('an aborted sleep rejects with the reason of the signal, before and during it', async () => {
  const reason = new Error('stop');
  await assert.rejects(systemClock.sleep(60_000, AbortSignal.abort(reason)), reason);

  const controller = new AbortController();
  const sleeping = systemClock.sleep(60_000, controller.signal);
  controller.abort(reason);
  await assert.rejects(sleeping, reason);
});

test('a sleep of more than 24 days does not end at once', async () => {
  const controller = new AbortController();
  const sleeping = systemClock.sleep(2 ** 32, controller.signal);
  const first = await Promise.race([sleeping.then(() => 'slept'), systemClock.sleep(20)]);
  controller.abort(new Error('stop'));
  await assert.rejects(sleeping);
  assert.equal(first, undefined);
});

test('the fake clock wakes sleepers in the order of their times', async () => {
  const clock = new FakeClock();
  const woken: string[] = [];
  const sleepers = [30, 10, 20].map(async (ms) => {
    await clock.sleep(ms);
    woken.push(`${ms} at ${clock.now().toISOString()}`);
  });

  await clock.advance(20);
  assert.deepEqual(woken, ['10 at 2026-01-01T00:00:00.010Z', '20 at 2026-01-01T00:00:00.020Z']);
  await clock.advance(20);
  await Promise.all(sleepers);
  assert.equal(woken[2], '30 at 2026-01-01T00:00:00.030Z');
  assert.equal(clock.now().toISOString(), '2026-01-01T00:00:00.040Z');
});

test('the fake clock can be aborted, and sleeps instantly when asked to', async () => {
  const controller = new AbortController();
  const sleeping = new FakeClock().sleep(10, controller.signal);
  controller.abort(new Error('stop'));
  await assert.rejects(sleeping, /stop/);

  const instant = new FakeClock({ now: '2026-03-01T00:00:00Z', instant: true });
  await instant.sleep(86_400_000);
  assert.equal(instant.now().toISOString(), '2026-03-02T00:00:00.000Z');
  assert.deepEqual(instant.slept, [86_400_000]);
});
