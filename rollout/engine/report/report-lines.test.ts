import assert from 'node:assert/strict';
import { test } from 'node:test';
import { advance } from '../rollout/advance.ts';
import { RolloutWorld } from '../rollout/rollout-world.fake.ts';
import { makeReport } from './make-report.ts';
import { reportLines } from './report-lines.ts';

const { signal } = new AbortController();

async function linesOf(prepare: (world: RolloutWorld) => void): Promise<string[]> {
  const world = new RolloutWorld();
  await world.serve({ isPinned: true });
  prepare(world);
  const place = await world.begin();
  await advance(place, world.deps(), signal);
  return reportLines(makeReport(await world.entries(place)));
}

test('says what a bad release cost, and how it was found', async () => {
  const lines = await linesOf((world) => {
    world.errorShare = (revision) => (revision === 'shop-v2' ? 0.1 : 0);
  });
  assert.match(lines[0] ?? '', /^shop-v2 rolled back after \d+ s: The new revision failed /);
  assert.deepEqual(lines.slice(1, 4), [
    'traffic   shop-v1 100 % -> shop-v1 100 %',
    'requests  50 to the new revision, 450 beside it',
    'hurt      5 by the new revision, 0 beside it',
  ]);
  const detected = /^detected {2}[1-6] s after it began to serve; all traffic back 1 s later$/;
  assert.match(lines[4] ?? '', detected);
  assert.match(lines[5] ?? '', /^evidence {2}E 1 -> [\d,.]+; 100 rolls back$/);
});

test('says honestly that nothing was counted', async () => {
  const lines = await linesOf((world) => {
    world.requestsPerSecond = 0;
  });
  assert.match(lines[0] ?? '', /^shop-v2 rolled back after .*got no request in this step/);
  assert.equal(lines[2], 'requests  none were counted');
  assert.match(lines.at(-1) ?? '', /^held {6}\d\d:\d\d:\d\d The new revision got no request/);
});
