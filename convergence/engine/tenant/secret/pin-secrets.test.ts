import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pinSecrets } from './pin-secrets.ts';

test('a secret keeps its value for as long as it is pinned; a failure is not kept', async () => {
  let [value, isAway] = ['one', true];
  const read = pinSecrets(async (name) => {
    if (isAway) throw new Error('away');
    return `${name} ${value}`;
  });
  await assert.rejects(read('a'), /away/);
  isAway = false;
  assert.deepEqual(await Promise.all([read('a'), read('a')]), ['a one', 'a one']);
  value = 'two';
  assert.equal(await read('a'), 'a one');
  assert.equal(await read('b'), 'b two');
});
