import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { fitHistogram } from './fit-histogram.ts';

test('a histogram keeps its shape and gets the number of requests', () => {
  const boundsMs = [1, 2];
  const fitted = fitHistogram({ boundsMs, counts: [19.8, 9.9, 3.3] }, 30);
  assert.deepEqual(fitted, { boundsMs, counts: [18, 9, 3] });
});

test('nothing cannot be spread', () => {
  const none = { boundsMs: [1], counts: [0, 0] };
  assert.equal(fitHistogram(none, 3), null);
  assert.deepEqual(fitHistogram(none, 0), none);
});

test('counts are whole, not negative, and sum to the requests', () => {
  const counts = fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), { minLength: 1 });
  fc.assert(
    fc.property(counts, fc.nat(100_000), (counts, requests) => {
      const fitted = fitHistogram({ boundsMs: [], counts }, requests);
      if (fitted === null || counts.every((count) => count === 0)) return;
      assert.ok(fitted.counts.every((count) => Number.isInteger(count) && count >= 0));
      assert.equal(
        fitted.counts.reduce((sum, count) => sum + count, 0),
        requests,
      );
    }),
  );
});
