import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pickRevision } from './pick-revision.ts';

test('a draw falls on each revision as often as its weight says', () => {
  const weights = [
    { revision: 'tag-only', percent: 0 },
    { revision: 'a', percent: 70 },
    { revision: 'b', percent: 30 },
  ];
  const draws = Array.from({ length: 100 }, (_, nr) => pickRevision(weights, nr / 100));
  const counts = Map.groupBy(draws, (revision) => revision);
  assert.deepEqual(
    [...counts].map(([name, { length }]) => [name, length]),
    [
      ['a', 70],
      ['b', 30],
    ],
  );
  assert.equal(pickRevision([{ revision: 'a', percent: 0 }], 0), undefined);
  assert.equal(pickRevision([], 0.5), undefined);
});
