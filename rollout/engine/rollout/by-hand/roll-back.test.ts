import assert from 'node:assert/strict';
import { test } from 'node:test';
import { quarantineOf } from '../../plan/marks.ts';
import { advance } from '../advance.ts';
import { foldJournal } from '../rollout-state.ts';
import { REF, RolloutWorld } from '../rollout-world.fake.ts';
import { listRollBackCandidates, planRollBack, rollBack } from './roll-back.ts';

const { signal } = new AbortController();
const REQUEST = { ref: REF, revision: null, reason: 'angry users', health: '/health' };

async function promoted(): Promise<RolloutWorld> {
  const world = new RolloutWorld();
  await world.serve();
  await advance(await world.begin(), world.deps(), signal);
  assert.deepEqual(world.shares(), { 'shop-v2': 100 });
  return world;
}

test('after 100 %: back to what served before, in one write, journaled', async () => {
  const world = await promoted();
  const plan = await planRollBack(REQUEST, world.deps());
  assert.deepEqual([plan.from, plan.to, plan.rolloutId], ['shop-v2', 'shop-v1', null]);
  assert.deepEqual(world.shares(), { 'shop-v2': 100 });

  const done = await rollBack(REQUEST, world.deps({ who: 'bob@test' }));
  assert.deepEqual([done.to, done.state.outcome], ['shop-v1', 'rolledBack']);
  assert.equal(done.state.why, 'angry users');
  assert.equal(done.tookMs, 1000);
  assert.deepEqual(
    done.checks.map(({ url, problem }) => [url, problem]),
    [['https://shop.test/health', null]],
  );
  assert.deepEqual(world.shares(), { 'shop-v1': 100 });
  const have = await world.platform.readService(REF);
  assert.ok(have);
  assert.deepEqual(
    quarantineOf(have).map(({ revision, why }) => [revision, why]),
    [['shop-v2', 'angry users']],
  );
  const candidates = await listRollBackCandidates(REF, world.deps());
  assert.deepEqual(
    candidates.map(({ revision, unfit }) => [revision, unfit?.slice(0, 20) ?? null]),
    [
      ['shop-v2', 'it is quarantined si'],
      ['shop-v1', 'it is the one to be '],
    ],
  );
  await assert.rejects(rollBack(REQUEST, world.deps()), { code: 'nothing_to_return_to' });
});

test('in the middle of a rollout: takes it from its runner and ends it', async () => {
  const world = new RolloutWorld();
  await world.serve();
  const place = await world.begin();
  const backs: Promise<unknown>[] = [];
  const running = advance(
    place,
    world.deps({
      onChange: ({ canaryPercent }) => {
        if (canaryPercent !== 10 || backs.length > 0) return;
        backs.push(rollBack(REQUEST, world.deps({ who: 'bob@test' })));
      },
    }),
    signal,
  );
  const [ran] = await Promise.allSettled([running]);
  await Promise.all(backs);
  const state = foldJournal(await world.entries(place));
  assert.deepEqual([state.outcome, state.returning?.by], ['rolledBack', 'bob@test']);
  assert.deepEqual(world.shares(), { 'shop-v1': 100 });
  if (ran.status === 'rejected') {
    assert.equal((ran.reason as { code: string }).code, 'rollout_taken');
  }
});

test('to a revision that is named, also one that nothing says is good', async () => {
  const world = await promoted();
  const { canary } = await advance(await world.begin(), world.deps(), signal);
  assert.deepEqual(world.shares(), { [canary]: 100 });
  const done = await rollBack({ ...REQUEST, revision: 'shop-v1' }, world.deps());
  assert.deepEqual([done.from, done.to], [canary, 'shop-v1']);
  assert.deepEqual(world.shares(), { 'shop-v1': 100 });
  await assert.rejects(rollBack({ ...REQUEST, revision: 'shop-v9' }, world.deps()), {
    code: 'revision_absent',
  });
});
