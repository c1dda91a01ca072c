import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeClock } from 'base/clock.fake.ts';
import { createLog } from 'base/log.ts';
import { Scheduler } from './scheduler.ts';

/** Ends the scheduler after so many rounds. */
async function work(rounds: number, nextDue: (clock: FakeClock) => Date | null, fails = false) {
  const clock = new FakeClock({ instant: true });
  const lines: string[] = [];
  const log = createLog({
    level: 'info',
    clock,
    destination: { write: (line) => void lines.push(line) },
  });
  const done: string[] = [];
  const chore = (name: string) => () => {
    done.push(name);
    return fails ? Promise.reject(new Error('no')) : Promise.resolve(undefined as never);
  };
  let left = rounds;
  const ended = Promise.withResolvers<void>();
  const scheduler = new Scheduler({
    chores: {
      fireSchedules: chore('fire'),
      resetDailyQuotas: chore('reset'),
      cleanUpRuns: chore('clean'),
      mirrorHistory: chore('mirror'),
    },
    readNextDue: () => {
      left -= 1;
      if (left === 0) ended.resolve(scheduler.stop());
      return Promise.resolve(nextDue(clock));
    },
    clock,
    log,
  });
  scheduler.start();
  await ended.promise;
  return { done, slept: clock.slept, lines };
}

const in_ = (ms: number) => (clock: FakeClock) => new Date(clock.now().getTime() + ms);

test('it rests until the next schedule is due, at least a second and at most ten', async () => {
  for (const [nextDue, restMs] of [
    [in_(3_500), 3_500],
    [in_(60_000), 10_000],
    [in_(-5_000), 1_000],
    [() => null, 10_000],
  ] as const) {
    const { done, slept } = await work(3, nextDue);
    assert.deepEqual(slept.slice(0, 2), [restMs, restMs]);
    assert.deepEqual(done, ['fire', 'reset', 'clean', 'mirror', 'fire', 'fire']);
  }
});

test('a chore that fails is said, tried again, and keeps no other from being done', async () => {
  const { done, lines } = await work(2, () => null, true);
  assert.deepEqual(done, ['fire', 'reset', 'clean', 'mirror', 'fire']);
  assert.equal(lines.filter((line) => line.includes('could not do a chore')).length, 5);
});
