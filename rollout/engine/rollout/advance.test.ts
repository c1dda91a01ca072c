import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LOCK, lockOf, quarantineOf } from '../plan/marks.ts';
import { advance } from './advance.ts';
import { beginRollout } from './begin-rollout.ts';
import { REF, RolloutWorld } from './rollout-world.fake.ts';

const { signal } = new AbortController();

test('a good release is promoted step by step, and the way back stays tagged', async () => {
  const world = new RolloutWorld();
  await world.serve();
  const place = await world.begin();
  const state = await advance(place, world.deps(), signal);

  assert.deepEqual([state.outcome, state.why], ['promoted', 'shop-v2 has all traffic']);
  assert.deepEqual(world.shares(), { 'shop-v2': 100 });
  const have = await world.platform.readService(REF);
  assert.deepEqual(have?.traffic, [
    { revision: 'shop-v1', percent: 0, tag: 'v-v1' },
    { revision: 'shop-v2', percent: 100, tag: 'v-v2' },
  ]);
  assert.equal(have?.annotations[LOCK], undefined);
  const passed = (await world.entries(place)).filter((entry) => entry.kind === 'passed');
  assert.deepEqual(
    passed.map(({ stage }) => state.request.plan.stages[stage]?.name),
    ['prove', 'step', 'step', 'step', 'watch'],
  );
});

test('a release that fails is taken back within a tick, and quarantined', async () => {
  const world = new RolloutWorld();
  await world.serve();
  world.errorShare = (revision) => (revision === 'shop-v2' ? 0.5 : 0);
  const place = await world.begin();
  const state = await advance(place, world.deps(), signal);

  assert.equal(state.outcome, 'rolledBack');
  assert.match(state.why ?? '', /^The new revision failed 25 of 50 requests/);
  assert.deepEqual(world.shares(), { 'shop-v1': 100 });
  const have = await world.platform.readService(REF);
  assert.ok(have);
  assert.deepEqual(
    quarantineOf(have).map(({ revision, why }) => [revision, why]),
    [['shop-v2', state.why]],
  );
  assert.equal(lockOf(have), null);
  assert.deepEqual(state.counts, {
    canary: { requests: 50, errors: 25 },
    stable: { requests: 450, errors: 0 },
  });
  const entries = await world.entries(place);
  const exposed = entries.find(
    (entry) => entry.kind === 'confirmed' && entry.traffic.some(({ percent }) => percent === 10),
  );
  const harm = entries.find(({ kind }) => kind === 'returning');
  assert.equal(Date.parse(harm?.at ?? '') - Date.parse(exposed?.at ?? ''), 5000);
});

test('errors that begin after 100 % are taken back at once while it is watched', async () => {
  const world = new RolloutWorld();
  await world.serve();
  world.errorShare = (revision) =>
    revision === 'shop-v2' && world.shares()['shop-v2'] === 100 ? 0.5 : 0;
  const place = await world.begin();
  const state = await advance(place, world.deps(), signal);
  assert.deepEqual([state.outcome, world.shares()], ['rolledBack', { 'shop-v1': 100 }]);
  assert.equal(state.request.plan.stages[state.stage]?.name, 'watch');
  const entries = await world.entries(place);
  assert.equal(entries.filter(({ kind }) => kind === 'held').length, 0);
});

test('a second rollout is refused with who, since when and how to break the lock', async () => {
  const world = new RolloutWorld();
  await world.serve();
  const stop = new AbortController();
  const first = await world.begin();
  const onChange = (): void => {
    if (world.shares()['shop-v2'] === 10) stop.abort(new Error('stopped'));
  };
  await assert.rejects(advance(first, world.deps({ onChange }), stop.signal), /stopped/);
  await assert.rejects(world.begin(world.want({ who: 'bob@test' })), {
    code: 'rollout_refused',
    message: /ada@test has been shipping the service since 2026-.*\(rollout r-1\)/,
    hint: /--break-lock/,
  });
  // It was released, so that nobody has to wait for the first to count as dead.
  const state = await advance(first, world.deps({ who: 'bob@test' }), signal);
  assert.deepEqual([state.outcome, state.owner?.who], ['promoted', 'bob@test']);
});

test('two rollouts that were begun at once: the one without the lock ends', async () => {
  const world = new RolloutWorld();
  await world.serve();
  const [first, second] = [await world.begin(), await world.begin()];
  const [one, other] = await Promise.all([
    advance(first, world.deps(), signal),
    advance(second, world.deps(), signal),
  ]);
  assert.deepEqual([one.outcome, other.outcome], ['promoted', 'failed']);
  assert.match(other.why ?? '', /^ada@test ships the service since .* \(r-1\)$/);
  assert.deepEqual(world.shares(), { 'shop-v2': 100 });
});

test('who breaks the lock ends the other rollout, which then leaves everything alone', async () => {
  const world = new RolloutWorld();
  await world.serve();
  const stop = new AbortController();
  const first = await world.begin();
  const onChange = (): void => {
    if (world.shares()['shop-v2'] === 10) stop.abort(new Error('stopped'));
  };
  await assert.rejects(advance(first, world.deps({ onChange }), stop.signal), /stopped/);
  const facts = { detectable: () => null, measuredRequests: 0, readsCounters: true };
  const want = world.want({ who: 'bob@test' });
  const second = await beginRollout({ want, facts, build: null, breakLock: true }, world);
  const [old, fresh] = await Promise.all([
    (async () => {
      await world.clock.sleep(5000);
      return advance(first, world.deps(), signal);
    })(),
    advance(second, world.deps({ who: 'bob@test' }), signal),
  ]);
  assert.equal(old.outcome, 'aborted');
  assert.match(old.why ?? '', /^bob@test broke the lock at /);
  assert.equal(fresh.outcome, 'promoted');
});

test('old revisions are deleted, but none that is a way back', async () => {
  const world = new RolloutWorld();
  await world.serve();
  for (let count = 0; count < 3; count++) {
    const place = await world.begin(world.want({}, { keepRevisions: 2 }));
    assert.equal((await advance(place, world.deps(), signal)).outcome, 'promoted');
  }
  const have = await world.platform.readService(REF);
  const names = have?.revisions.map(({ name }) => name) ?? [];
  assert.equal(names.length, 2);
  assert.deepEqual(world.shares(), { [names[0] ?? '']: 100 });
});

test('direct and --skip-canary prove the revision, then give it everything', async () => {
  const world = new RolloutWorld();
  await world.serve();
  const place = await world.begin(world.want({ skipCanary: true }));
  const state = await advance(place, world.deps(), signal);
  assert.equal(state.outcome, 'promoted');
  const shares = (await world.entries(place)).flatMap((entry) =>
    entry.kind === 'intent' && entry.purpose === 'step' ? [entry.effect] : [],
  );
  assert.equal(shares.length, 1);
  assert.deepEqual(world.shares(), { 'shop-v2': 100 });
});

test('a first deploy is proved, then serves; there is nothing to go back to', async () => {
  const world = new RolloutWorld();
  const good = await advance(await world.begin(), world.deps(), signal);
  assert.deepEqual([good.outcome, world.shares()], ['promoted', { 'shop-v2': 100 }]);

  const other = new RolloutWorld();
  other.answer = () => ({ status: 503 });
  const bad = await advance(await other.begin(), other.deps(), signal);
  assert.equal(bad.outcome, 'failed');
  assert.match(bad.why ?? '', /^health failed 3 times: answered 503 instead of 200$/);
  assert.equal((await other.platform.readService(REF))?.annotations[LOCK], undefined);
});

test('a first release that never becomes ready gives the lock back, and the next one serves', async () => {
  const world = new RolloutWorld();
  world.platform.faults.isBroken = (revision) => revision === 'shop-v2';
  const failed = await advance(await world.begin(), world.deps(), signal);
  assert.deepEqual([failed.outcome, failed.why], ['failed', 'the revision is not ready']);
  assert.equal((await world.platform.readService(REF))?.annotations[LOCK], undefined);

  const mended = await advance(await world.begin(world.want()), world.deps(), signal);
  assert.deepEqual([mended.outcome, world.shares()], ['promoted', { [mended.canary]: 100 }]);
});
