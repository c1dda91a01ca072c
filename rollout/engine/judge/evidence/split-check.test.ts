import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isSplitBroken, logSplitEvidence } from './split-check.ts';

test('evidence of a broken split is what was computed elsewhere', () => {
  const near = (counts: number[], expected: number) =>
    assert.ok(Math.abs(logSplitEvidence(counts, [0.1, 0.9]) - expected) < 1e-8);
  near([1200, 8800], 10.40895703);
  near([1000, 9000], -0.34661572);
});

test('a split in order is believed, also one of all traffic', () => {
  assert.equal(isSplitBroken(1200, 8800, 0.1), true);
  assert.equal(isSplitBroken(1000, 9000, 0.1), false);
  assert.equal(isSplitBroken(10_000, 3, 1), false);
});
