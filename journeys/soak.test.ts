import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runSoak } from './soak/run-soak.ts';

test('under a flood, with worker, API and database killed, every run ends once and is counted once', async () => {
  const { leftovers } = await runSoak({ tenants: 10, floodRuns: 100 });
  assert.deepEqual(leftovers, {
    // Of each tenant one at first, of all others one when it is quiet, one in the flood, three amid
    // the kills.
    runs: 100 + 10 + 9 * 5,
    lost: [],
    unasked: [],
    unfinished: [],
    miscounted: [],
    disordered: [],
  });
});
