import assert from 'node:assert/strict';
import { test } from 'node:test';
import { QUARANTINE } from '../../plan/marks.ts';
import { advance } from '../advance.ts';
import { REF, RolloutWorld } from '../rollout-world.fake.ts';
import { watchCanary } from './watch-canary.ts';

const { signal } = new AbortController();

const REQUEST = {
  ref: REF,
  canary: 'shop-v2',
  durationMs: 120_000,
  intervalMs: 30_000,
  judge: {
    kind: 'thresholds',
    errorRate: 0.01,
    p95Ms: 60_000,
    p99Ms: 120_000,
    minRequests: 100,
    maxErrors: null,
    tickMs: 30_000,
  },
} as const;

/** v2 is there, and somebody gave it a fifth by hand. */
async function withCanary(percent = 20): Promise<RolloutWorld> {
  const world = new RolloutWorld();
  await world.serve();
  await advance(await world.begin(), world.deps(), signal);
  world.platform.change(REF, 'eve@test', [
    { revision: 'shop-v1', percent: 100 - percent },
    { revision: 'shop-v2', percent },
  ]);
  return world;
}

test('a canary within its limits keeps what it was given', async () => {
  const world = await withCanary();
  const state = await watchCanary(REQUEST, world.deps(), signal);
  assert.equal(state.outcome, 'promoted');
  assert.deepEqual(world.shares(), { 'shop-v1': 80, 'shop-v2': 20 });
});

test('one that breaks a limit is taken back, whoever deployed it', async () => {
  const world = await withCanary();
  world.errorShare = (revision) => (revision === 'shop-v2' ? 0.03 : 0);
  const state = await watchCanary(REQUEST, world.deps(), signal);
  assert.equal(state.outcome, 'rolledBack');
  assert.deepEqual(world.shares(), { 'shop-v1': 100 });
});

test('without requests nobody can tell, so that it is left as it is', async () => {
  const world = await withCanary();
  world.requestsPerSecond = 0;
  const state = await watchCanary(REQUEST, world.deps(), signal);
  assert.equal(state.outcome, 'aborted');
  assert.deepEqual(world.shares(), { 'shop-v1': 80, 'shop-v2': 20 });
  assert.equal((await world.platform.readService(REF))?.annotations[QUARANTINE], undefined);
});

test('one that has everything has no way back', async () => {
  const world = await withCanary(100);
  await assert.rejects(watchCanary(REQUEST, world.deps(), signal), { code: 'rollout_refused' });
});

test('one that serves nobody, or is not there, cannot be watched', async () => {
  const world = await withCanary(0);
  await assert.rejects(watchCanary(REQUEST, world.deps(), signal), { code: 'rollout_refused' });
  const absent = { ...REQUEST, canary: 'shop-v9' };
  await assert.rejects(watchCanary(absent, world.deps(), signal), { code: 'revision_absent' });
});
