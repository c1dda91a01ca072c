import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RequestBudget } from './request-budget.ts';
import { jumpingClock } from './rest-bench.fake.ts';

const never = new AbortController().signal;

test('no period sees more starts than allowed', async () => {
  const clock = jumpingClock();
  const budget = new RequestBudget(clock);
  budget.setLimits({ requests: 3, periodMs: 1000, concurrency: 100 });
  const starts: number[] = [];
  const begin = clock.now().getTime();
  for (let i = 0; i < 7; i++) {
    await budget.spend(never, async () => starts.push(clock.now().getTime() - begin));
  }
  assert.deepEqual(starts, [0, 0, 0, 1000, 1000, 1000, 2000]);
});

test('no more are under way than allowed, and a waiting one can give up', async () => {
  const budget = new RequestBudget(jumpingClock());
  budget.setLimits({ requests: 100, periodMs: 1000, concurrency: 2 });
  const gates = Array.from({ length: 4 }, () => Promise.withResolvers<void>());
  const twoStarted = Promise.withResolvers<void>();
  let underWay = 0;
  let most = 0;
  const runs = gates.map(({ promise }) =>
    budget.spend(never, async () => {
      most = Math.max(most, ++underWay);
      if (underWay === 2) twoStarted.resolve();
      await promise;
      underWay--;
    }),
  );
  await twoStarted.promise;
  const stop = new AbortController();
  const late = budget.spend(stop.signal, async () => 'never sent');
  stop.abort(new Error('enough'));
  await assert.rejects(late, { message: 'enough' });
  for (const gate of gates) gate.resolve();
  await Promise.all(runs);
  assert.equal(most, 2);
});

test('a pause holds everybody back', async () => {
  const clock = jumpingClock();
  const budget = new RequestBudget(clock);
  budget.pause(5000);
  await Promise.all([budget.spend(never, async () => 1), budget.spend(never, async () => 2)]);
  assert.deepEqual(clock.slept, [5000]);
});
