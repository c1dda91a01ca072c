import assert from 'node:assert/strict';
import { test } from 'node:test';
import { wantedInstances } from './wanted-instances.ts';

test('as many as the requests need, between minimum and maximum', () => {
  const limits = { concurrency: 10, minInstances: 1, maxInstances: 4 };
  const wanted = [0, 1, 10, 11, 40, 41].map((requests) => wantedInstances({ ...limits, requests }));
  assert.deepEqual(wanted, [1, 1, 1, 2, 4, 4]);
});

test('none without requests when the minimum is none', () => {
  const limits = { concurrency: 10, minInstances: 0, maxInstances: 0 };
  const wanted = [0, 1, 30].map((requests) => wantedInstances({ ...limits, requests }));
  assert.deepEqual(wanted, [0, 1, 1]);
});
