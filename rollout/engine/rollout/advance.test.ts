import assert from 'node:assert/strict';
import { test } from 'node:test';
import { advance } from './advance.ts';
import { RolloutWorld } from './rollout-world.fake.ts';

const { signal } = new AbortController();

test('a good release is promoted step by step', async () => {
  const world = new RolloutWorld();
  await world.serve();
  const place = await world.begin();
  const state = await advance(place, world.deps(), signal);
  console.log((await world.entries(place)).map((e) => e.kind+' '+JSON.stringify(e).slice(0,160)).join('\n'));
  assert.equal(state.outcome, 'promoted');
  assert.deepEqual(world.shares(), { 'shop-v2': 100 });
});
test('a bad release', async () => {
  const world = new RolloutWorld();
  await world.serve();
  world.errorShare = (r) => (r === 'shop-v2' ? 0.5 : 0);
  const place = await world.begin();
  const state = await advance(place, world.deps(), signal);
  console.log((await world.entries(place)).map((e) => e.kind+' '+JSON.stringify(e).slice(0,160)).join('\n'));
  assert.equal(state.outcome, 'rolledBack');
  assert.deepEqual(world.shares(), { 'shop-v1': 100 });
});
