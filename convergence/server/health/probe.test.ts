import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeClock } from 'base/clock.fake.ts';
import { runProbes } from './probe.ts';

test('a probe that hangs counts as failed after two seconds', async () => {
  const clock = new FakeClock();
  const results = runProbes(
    [
      { name: 'hung', check: () => new Promise(() => {}) },
      { name: 'fine', check: () => Promise.resolve() },
    ],
    clock,
  );
  await clock.advance(2_000);
  assert.deepEqual(
    (await results).map(({ name, ok, message }) => ({ name, ok, message })),
    [
      { name: 'hung', ok: false, message: 'no answer within 2000 ms' },
      { name: 'fine', ok: true, message: null },
    ],
  );
});
