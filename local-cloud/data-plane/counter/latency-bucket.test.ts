import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LATENCY_BOUNDS_MS } from '../data-plane.ts';
import { latencyBucket } from './latency-bucket.ts';

test('each bound is in its own bucket, and what is above it in the next', () => {
  const buckets = LATENCY_BOUNDS_MS.map((bound) => latencyBucket(bound));
  assert.deepEqual(buckets, [...LATENCY_BOUNDS_MS.keys()]);
  const above = LATENCY_BOUNDS_MS.map((bound) => latencyBucket(bound * 1.000001));
  assert.deepEqual(
    above,
    [...LATENCY_BOUNDS_MS.keys()].map((nr) => nr + 1),
  );
});

test('nothing and for ever have a bucket too', () => {
  assert.deepEqual([0, 0.4, 1e9].map(latencyBucket), [0, 0, LATENCY_BOUNDS_MS.length]);
});
