import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { JournalPlace } from '../../apply/journal-store.ts';
import { advance } from '../advance.ts';
import { nextStep } from '../decide/next-step.ts';
import type { Command } from '../entry.ts';
import { foldJournal } from '../rollout-state.ts';
import type { RolloutState } from '../rollout-state.ts';
import { ENVIRONMENT, REF, RolloutWorld } from '../rollout-world.fake.ts';
import { commandRollout } from './command-rollout.ts';

const { signal } = new AbortController();

interface Told {
  readonly state: RolloutState;
  readonly seconds: number;
}

/** Runs a rollout while bob says things; `when` looks at each state until it has said all. */
async function tell(
  world: RolloutWorld,
  place: JournalPlace,
  sayings: readonly { readonly when: (state: RolloutState) => boolean; readonly say: Command }[],
): Promise<Told> {
  const left = [...sayings];
  const startedMs = world.clock.now().getTime();
  const pending: Promise<unknown>[] = [];
  const onChange = (state: RolloutState): void => {
    if (!left[0]?.when(state)) return;
    const { say } = left.shift() ?? {};
    const bob = world.deps({ who: 'bob@test' });
    if (say) pending.push(commandRollout(place, say, bob));
  };
  const state = await advance(place, world.deps({ onChange }), signal);
  await Promise.all(pending);
  assert.equal(left.length, 0, 'everything was said');
  return { state, seconds: (world.clock.now().getTime() - startedMs) / 1000 };
}

const AT_10 = (state: RolloutState): boolean => state.canaryPercent === 10;
const IS_HELD = (state: RolloutState): boolean => state.held !== null;

async function serving(): Promise<RolloutWorld> {
  const world = new RolloutWorld();
  await world.serve();
  return world;
}

test('promote ends a step at once, and says who', async () => {
  const world = await serving();
  const place = await world.begin();
  const { state, seconds } = await tell(world, place, [{ when: AT_10, say: { name: 'promote' } }]);
  assert.equal(state.outcome, 'promoted');
  assert.ok(seconds < 150, `${seconds} s`);
  const passed = (await world.entries(place)).filter(({ kind }) => kind === 'passed');
  assert.ok(passed.some((entry) => 'why' in entry && entry.why === 'promoted by bob@test'));
});

test('hold keeps the traffic and judges on; resume goes on from there', async () => {
  const world = await serving();
  const place = await world.begin();
  const hold = { name: 'hold', forMs: 600_000, reason: 'lunch' } as const;
  const { state } = await tell(world, place, [
    { when: AT_10, say: hold },
    {
      when: (now) => IS_HELD(now) && now.counts.canary.requests > 500,
      say: { name: 'resume' },
    },
  ]);
  assert.equal(state.outcome, 'promoted');
});

test('a hold that nobody ends is taken back at its deadline', async () => {
  const world = await serving();
  const place = await world.begin();
  const hold = { name: 'hold', forMs: 60_000, reason: 'lunch' } as const;
  const { state } = await tell(world, place, [{ when: AT_10, say: hold }]);
  assert.equal(state.outcome, 'aborted');
  assert.match(state.why ?? '', /^nobody decided by .*: bob@test asked for it: lunch$/);
  assert.deepEqual(world.shares(), { 'shop-v1': 100 });
});

test('harm takes a canary back also while it is held', async () => {
  const world = await serving();
  const badFromMs = world.clock.now().getTime() + 30_000;
  world.errorShare = (revision) =>
    revision === 'shop-v2' && world.clock.now().getTime() > badFromMs ? 0.5 : 0;
  const place = await world.begin();
  const hold = { name: 'hold', forMs: 600_000, reason: 'lunch' } as const;
  const { state, seconds } = await tell(world, place, [{ when: AT_10, say: hold }]);
  assert.deepEqual([state.outcome, state.returning?.cause], ['rolledBack', 'judge']);
  assert.ok(seconds < 60, `${seconds} s`);
});

test('abort takes everything back, quarantines the revision and ends it', async () => {
  const world = await serving();
  const place = await world.begin();
  const say = { name: 'abort', reason: 'wrong version' } as const;
  const { state, seconds } = await tell(world, place, [{ when: AT_10, say }]);
  assert.deepEqual([state.outcome, state.why], ['aborted', 'wrong version']);
  assert.equal(state.returning?.by, 'bob@test');
  assert.deepEqual(world.shares(), { 'shop-v1': 100 });
  assert.ok(seconds < 15, `${seconds} s`);
});

test('abort does not wait for a write that never finishes', async () => {
  const world = await serving();
  world.platform.faults.isStuck = (effect) =>
    effect.kind === 'moveTraffic' && effect.traffic.some(({ percent }) => percent === 50);
  const place = await world.begin();
  const { state, seconds } = await tell(world, place, [
    {
      when: ({ pending }) =>
        typeof pending?.operation === 'string' &&
        'traffic' in pending.intent.effect &&
        pending.intent.effect.traffic.some(({ percent }) => percent === 50),
      say: { name: 'abort', reason: 'enough' },
    },
  ]);
  assert.equal(state.outcome, 'aborted');
  assert.deepEqual(world.shares(), { 'shop-v1': 100 });
  assert.ok(seconds < 90, `${seconds} s`);
});

test('a person goes on from traffic that another one moved', async () => {
  const world = await serving();
  const place = await world.begin();
  let isMoved = false;
  const { state } = await tell(world, place, [
    {
      when: (now) => {
        if (now.canaryPercent === 10 && !isMoved) {
          isMoved = true;
          world.platform.change(REF, 'eve@test', [
            { revision: 'shop-v1', percent: 70 },
            { revision: 'shop-v2', percent: 30 },
          ]);
        }
        return now.held?.cause === 'moved';
      },
      say: { name: 'resume' },
    },
  ]);
  assert.equal(state.outcome, 'promoted');
  assert.deepEqual(world.shares(), { 'shop-v2': 100 });
});

describe('approval', () => {
  const environment = { ...ENVIRONMENT, approval: true };

  test('is waited for before anything moves', async () => {
    const world = await serving();
    const place = await world.begin(world.want({ environment }));
    const before = await world.platform.readService(REF);
    const { state } = await tell(world, place, [
      {
        when: ({ owner }) => {
          assert.equal(before?.annotations['rollout.dev/active'], undefined);
          return owner !== null;
        },
        say: { name: 'approve' },
      },
    ]);
    assert.equal(state.outcome, 'promoted');
  });

  test('that nobody gives ends the rollout after a day', async () => {
    const world = await serving();
    const place = await world.begin(world.want({ environment }));
    const facts = foldJournal(await world.entries(place));
    const have = await world.platform.readService(REF);
    const now = new Date(world.clock.now().getTime() + 24 * 60 * 60_000);
    assert.deepEqual(nextStep({ facts, have, now, delayMs: 0 }), {
      do: 'write',
      entry: { kind: 'ended', outcome: 'failed', why: 'nobody approved it within a day' },
    });
  });

  test('of a rollout that needs none makes no sense', async () => {
    const world = await serving();
    const place = await world.begin();
    await assert.rejects(commandRollout(place, { name: 'approve' }, world.deps()), {
      code: 'command_refused',
      message: 'Rollout r-1 cannot approve: it waits for no approval.',
    });
  });
});

test('tests run before anything moves, and end the rollout when they fail', async () => {
  const world = await serving();
  const environment = { ...ENVIRONMENT, gates: { tests: 'npm test', freezes: [] } };
  world.testExitCode = 1;
  const place = await world.begin(world.want({ environment }));
  const state = await advance(place, world.deps(), signal);
  assert.deepEqual(
    [state.outcome, state.why],
    ['failed', 'the tests failed: `npm test` ended with 1'],
  );
});

test('a rollout that is over, or never was, takes no commands', async () => {
  const world = await serving();
  const place = await world.begin();
  await advance(place, world.deps(), signal);
  await assert.rejects(commandRollout(place, { name: 'promote' }, world.deps()), {
    code: 'rollout_over',
  });
  const nowhere = { ref: REF, rolloutId: 'r-none' };
  await assert.rejects(commandRollout(nowhere, { name: 'promote' }, world.deps()), {
    code: 'rollout_absent',
  });
});
