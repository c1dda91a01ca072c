import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fail } from '../error-codes.ts';
import { quarantineOf } from '../plan/marks.ts';
import { advance } from './advance.ts';
import type { RolloutDeps } from './rollout-deps.ts';
import type { RolloutState } from './rollout-state.ts';
import { REF, RolloutWorld } from './rollout-world.fake.ts';

const { signal } = new AbortController();

async function release(world: RolloutWorld, more: Partial<RolloutDeps> = {}) {
  const place = await world.begin();
  const state = await advance(place, world.deps(more), signal);
  return { state, entries: await world.entries(place) };
}

async function serving(): Promise<RolloutWorld> {
  const world = new RolloutWorld();
  await world.serve();
  return world;
}

/** Does something once, when the canary first has this share. */
function whenAt(percent: number, act: () => void): Partial<RolloutDeps> {
  let isDone = false;
  return {
    onChange: (state) => {
      if (isDone || state.canaryPercent !== percent || state.pending !== null) return;
      isDone = true;
      act();
    },
  };
}

function holdOf(entries: readonly { kind: string }[]): unknown {
  return entries.find(({ kind }) => kind === 'held');
}

describe('metrics', () => {
  test('no traffic at all is held with a deadline, then taken back; never promoted', async () => {
    const world = await serving();
    world.requestsPerSecond = 0;
    const { state, entries } = await release(world);
    const held = holdOf(entries) as { at: string; until: string; cause: string };
    assert.equal(held.cause, 'noData');
    assert.equal(Date.parse(held.until) - Date.parse(held.at) <= 600_000, true);
    assert.equal(state.outcome, 'rolledBack');
    assert.match(state.why ?? '', /^nobody decided by .*: The new revision got no request/);
    assert.deepEqual(world.shares(), { 'shop-v1': 100 });
  });

  test('late ticks are waited for, and then counted', async () => {
    const world = await serving();
    world.tickTrouble = (_, ticks) => {
      const lateMs = world.clock.now().getTime() - 20_000;
      return ticks.filter(({ startAt }) => Date.parse(startAt) < lateMs);
    };
    world.errorShare = (revision) => (revision === 'shop-v2' ? 0.5 : 0);
    const { state } = await release(world);
    assert.equal(state.outcome, 'rolledBack');
    assert.match(state.why ?? '', /^The new revision failed/);
  });

  test('a source that does not answer is no verdict: retried, held, then taken back', async () => {
    const world = await serving();
    world.tickTrouble = () => {
      throw fail('metrics_unavailable', 'the monitoring does not answer');
    };
    const { state, entries } = await release(world);
    const held = holdOf(entries) as { cause: string; reason: string };
    assert.deepEqual(
      [held.cause, held.reason],
      ['providerError', 'the monitoring does not answer'],
    );
    assert.equal(state.outcome, 'rolledBack');
  });

  test('a source that comes back in time delays a promotion, and no more', async () => {
    const world = await serving();
    const endMs = world.clock.now().getTime() + 90_000;
    world.tickTrouble = (_, ticks) => {
      if (world.clock.now().getTime() > endMs) return ticks;
      throw fail('metrics_unavailable', 'the monitoring does not answer');
    };
    const { state, entries } = await release(world);
    assert.deepEqual([state.outcome, holdOf(entries)], ['promoted', undefined]);
  });

  test('ticks that contradict themselves count as no answer', async () => {
    const world = await serving();
    world.tickTrouble = (_, ticks) =>
      ticks.map((tick) => ({ ...tick, canary: { requests: 1, errors: 2, latency: null } }));
    const { state, entries } = await release(world);
    const held = holdOf(entries) as { cause: string; reason: string };
    assert.equal(held.cause, 'providerError');
    assert.match(held.reason, /has 2 errors in 1 requests$/);
    assert.equal(state.outcome, 'rolledBack');
  });
});

describe('writes', () => {
  test('a revision that never becomes ready moves nothing', async () => {
    const world = await serving();
    world.platform.faults.isBroken = (revision) => revision === 'shop-v2';
    const { state } = await release(world);
    assert.deepEqual([state.outcome, state.why], ['failed', 'the revision is not ready']);
    assert.deepEqual(world.shares(), { 'shop-v1': 100 });
    const have = await world.platform.readService(REF);
    assert.deepEqual(have?.traffic, [{ revision: 'shop-v1', percent: 100, tag: 'v-v1' }]);
  });

  test('a deploy that never finishes is given up at its deadline', async () => {
    const world = await serving();
    world.platform.faults.isStuck = ({ kind }) => kind === 'deployRevision';
    const { state } = await release(world);
    assert.equal(state.outcome, 'failed');
    assert.match(state.why ?? '', /^the platform did not finish by /);
    assert.deepEqual(world.shares(), { 'shop-v1': 100 });
  });

  test('a traffic write that never finishes is taken back at its deadline', async () => {
    const world = await serving();
    world.platform.faults.isStuck = (effect) =>
      effect.kind === 'moveTraffic' && effect.traffic.some(({ percent }) => percent === 10);
    const { state, entries } = await release(world);
    assert.deepEqual([state.outcome, holdOf(entries)], ['failed', undefined]);
    assert.equal(state.returning?.cause, 'stuck');
    assert.deepEqual(world.shares(), { 'shop-v1': 100 });
    const have = await world.platform.readService(REF);
    assert.deepEqual(have?.traffic, [{ revision: 'shop-v1', percent: 100, tag: 'v-v1' }]);
  });

  test('another writer between reading and writing is read again, and nothing is lost', async () => {
    const world = await serving();
    const begin = world.platform.begin.bind(world.platform);
    let others = 0;
    world.platform.begin = async (ref, effect, etag) => {
      if (effect.kind === 'moveTraffic' && others++ < 2) {
        const have = await world.platform.readService(ref);
        world.platform.change(ref, 'terraform', have?.traffic ?? []);
      }
      return begin(ref, effect, etag);
    };
    const { state, entries } = await release(world);
    const drops = entries.filter((entry) => entry.kind === 'dropped');
    assert.deepEqual(
      drops.map(({ cause, changedBy }) => [cause, changedBy?.who]),
      [
        ['overtaken', 'terraform'],
        ['overtaken', 'terraform'],
      ],
    );
    assert.deepEqual([state.outcome, world.shares()], ['promoted', { 'shop-v2': 100 }]);
  });

  test('reads that lag behind our own writes are waited out', async () => {
    const world = await serving();
    const read = world.platform.readService.bind(world.platform);
    const seen: { readonly atMs: number; readonly have: Awaited<ReturnType<typeof read>> }[] = [];
    world.platform.readService = async (ref) => {
      const nowMs = world.clock.now().getTime();
      seen.push({ atMs: nowMs, have: await read(ref) });
      const old = seen.findLast(({ atMs }) => atMs <= nowMs - 3000);
      return old?.have ?? seen.at(-1)?.have ?? null;
    };
    const { state, entries } = await release(world);
    assert.deepEqual([state.outcome, holdOf(entries)], ['promoted', undefined]);
    assert.equal(entries.filter(({ kind }) => kind === 'dropped').length, 0);
  });

  test('a revision of our name that somebody else made meanwhile ends the rollout', async () => {
    const world = await serving();
    const place = await world.begin();
    const template = { image: 'registry.test/other' };
    const traffic = [{ revision: 'shop-v1', percent: 100 }];
    const have = await world.platform.readService(REF);
    const revision = { kind: 'deployRevision', revision: 'shop-v2', minInstances: 0 } as const;
    const theirs = { ...revision, template: template as never, traffic };
    const operation = await world.platform.begin(REF, theirs, have?.etag ?? null);
    await world.platform.finish(operation, new Date(world.clock.now().getTime() + 60_000));
    world.platform.change(REF, 'eve@test', have?.traffic ?? []);
    const state = await advance(place, world.deps(), signal);
    assert.equal(state.outcome, 'failed');
    assert.match(
      state.why ?? '',
      /has a revision shop-v2 already, which this rollout did not make/,
    );
    assert.deepEqual(world.shares(), { 'shop-v1': 100 });
  });
});

describe('people', () => {
  test('traffic that a person moved in the middle stays, and the rollout says who', async () => {
    const world = await serving();
    const moved = [
      { revision: 'shop-v1', percent: 70 },
      { revision: 'shop-v2', percent: 30 },
    ];
    const deps = whenAt(10, () => world.platform.change(REF, 'eve@test', moved));
    const { state, entries } = await release(world, deps);
    const held = holdOf(entries) as { cause: string; reason: string; next: string };
    assert.deepEqual([held.cause, held.next], ['moved', 'leave']);
    assert.match(held.reason, /^eve@test moved traffic with console at 2026-/);
    assert.equal(state.outcome, 'aborted');
    assert.deepEqual(world.shares(), { 'shop-v1': 70, 'shop-v2': 30 });
  });

  test('a canary that a person took back is quarantined, and stays back', async () => {
    const world = await serving();
    const moved = [{ revision: 'shop-v1', percent: 100 }];
    const deps = whenAt(50, () => world.platform.change(REF, 'eve@test', moved));
    const { state } = await release(world, deps);
    assert.equal(state.outcome, 'rolledBack');
    assert.deepEqual(world.shares(), { 'shop-v1': 100 });
    const have = await world.platform.readService(REF);
    assert.ok(have);
    assert.deepEqual(
      quarantineOf(have).map(({ revision }) => revision),
      ['shop-v2'],
    );
  });

  test('a tag that somebody set meanwhile is kept, and holds nothing', async () => {
    const world = await serving();
    const deps = whenAt(10, () => {
      const { traffic } = lastHave;
      const theirs = { revision: 'shop-v1', percent: 0, tag: 'theirs' };
      world.platform.change(REF, 'eve@test', [...traffic, theirs]);
    });
    let lastHave: Pick<RolloutState, 'traffic'> = { traffic: [] };
    const { onChange } = deps;
    const { state } = await release(world, {
      onChange: (next, entry) => {
        lastHave = next;
        onChange?.(next, entry);
      },
    });
    assert.equal(state.outcome, 'promoted');
    const have = await world.platform.readService(REF);
    assert.ok(have?.traffic.some(({ tag, percent }) => tag === 'theirs' && percent === 0));
  });

  test('a first traffic entry that is only a tag, and a pinned service, change nothing', async () => {
    const world = new RolloutWorld();
    await world.serve({ tag: 'blue', isPinned: true });
    const { state } = await release(world);
    assert.deepEqual([state.outcome, world.shares()], ['promoted', { 'shop-v2': 100 }]);
    const have = await world.platform.readService(REF);
    assert.ok(have?.traffic.some(({ tag }) => tag === 'blue'));
  });
});

test('a proof that fails is tried again, then ends it before anybody is served', async () => {
  const world = await serving();
  let asked = 0;
  world.answer = (url) => (url.includes('---') && ++asked < 3 ? { status: 0, error: 'reset' } : {});
  assert.equal((await release(world)).state.outcome, 'promoted');

  const other = await serving();
  other.answer = (url) => (url.includes('---') ? { status: 500 } : {});
  const { state, entries } = await release(other);
  assert.deepEqual(
    [state.outcome, state.why],
    ['failed', 'health failed 3 times: answered 500 instead of 200'],
  );
  assert.equal(entries.filter(({ kind }) => kind === 'probed').length, 3);
  assert.deepEqual(other.shares(), { 'shop-v1': 100 });
});
