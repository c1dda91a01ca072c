import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dispersionOf } from './dispersion.ts';

const instances = (...errors: number[]) =>
  errors.map((count) => ({ requests: 100, errors: count }));

test('errors that all come from one instance count as one and a half times their number', () => {
  const phi = dispersionOf(instances(10, 0, 0, 0, 0, 0, 0, 0, 0));
  assert.ok(phi > 14 && phi < 17, `${phi}`);
});

test('errors that fell by chance weaken nothing', () => {
  assert.equal(dispersionOf(instances(2, 1, 0, 1, 3, 0, 1, 2, 1)), 1);
  assert.equal(dispersionOf(instances(1, 0, 0, 0)), 1);
});

test('what cannot be compared weakens nothing', () => {
  assert.equal(dispersionOf(), 1);
  assert.equal(dispersionOf(instances(50)), 1);
  assert.equal(dispersionOf(instances(0, 0)), 1);
});
