import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addHistogram, boundsNearest, countSlower, quantileOf } from './latency.ts';

const boundsMs = [10, 20, 40];
const histogram = { boundsMs, counts: [50, 30, 15, 5] };

test('a quantile lies within its bucket', () => {
  assert.equal(quantileOf(histogram, 0.5), 10);
  assert.equal(quantileOf(histogram, 0.65), 15);
  assert.equal(quantileOf(histogram, 0.99), 40);
  assert.equal(quantileOf({ boundsMs, counts: [0, 0, 0, 0] }, 0.5), null);
});

test('histograms of the same buckets add up, others begin again', () => {
  assert.deepEqual(addHistogram(histogram, histogram), { boundsMs, counts: [100, 60, 30, 10] });
  const other = { boundsMs: [5], counts: [1, 2] };
  assert.equal(addHistogram(histogram, other), other);
  assert.equal(addHistogram(histogram, null), histogram);
});

test('a threshold is the bound nearest to a quantile', () => {
  assert.deepEqual(boundsNearest(histogram, [0.5, 0.75, 0.9, 0.95, 0.99]), [0, 1, 2, 2, 2]);
});

test('a request that hangs is slower than any threshold', () => {
  const arm = { requests: 103, errors: 0, latency: histogram };
  assert.deepEqual(countSlower(arm, [0, 1, 2]), [53, 23, 8]);
});
