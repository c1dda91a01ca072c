import assert from 'node:assert/strict';
import { test } from 'node:test';
import { retryDelayMs } from './retry-delay.ts';

test("the waits are those of the proto's example", () => {
  const backoff = { minMs: 10_000, maxMs: 300_000, doublings: 3 };
  const seconds = Array.from({ length: 8 }, (_, n) => retryDelayMs(n + 1, backoff) / 1000);
  assert.deepEqual(seconds, [10, 20, 40, 80, 160, 240, 300, 300]);
});

test('without doublings the wait grows by the first', () => {
  const backoff = { minMs: 100, maxMs: 3_600_000, doublings: 0 };
  assert.deepEqual(
    [1, 2, 3].map((n) => retryDelayMs(n, backoff)),
    [100, 200, 300],
  );
});
