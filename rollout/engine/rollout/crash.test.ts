import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { JournalPlace, JournalStore } from '../apply/journal-store.ts';
import type { Platform } from '../apply/platform.ts';
import { LOCK } from '../plan/marks.ts';
import { sumPercent } from '../plan/traffic/spread-percent.ts';
import { advance } from './advance.ts';
import { foldJournal } from './rollout-state.ts';
import type { RolloutState } from './rollout-state.ts';
import { REF, RolloutWorld } from './rollout-world.fake.ts';

const { signal } = new AbortController();
const SECONDS_15 = 15_000;
const STEPS = [
  { traffic: 10, durationMs: SECONDS_15, watchMs: 0, maxErrors: null },
  { traffic: 50, durationMs: SECONDS_15, watchMs: 0, maxErrors: null },
  { traffic: 100, durationMs: 0, watchMs: SECONDS_15, maxErrors: null },
];

/** Lock, pin, deploy, then a write for each step, and the lock given back. */
const GOOD_WRITES =
  'annotate moveTraffic deployRevision moveTraffic moveTraffic moveTraffic annotate'.split(' ');
/** Lock, pin, deploy, 10 %, back, quarantine. */
const BAD_WRITES = 'annotate moveTraffic deployRevision moveTraffic moveTraffic annotate'.split(
  ' ',
);

/** The process dies here: nothing of it runs any more, and nobody catches this. */
class Death extends Error {}

/** Dies before or after the nth write; both ways of the journal and of the platform count. */
class Doom {
  count = 0;
  readonly #at: number;
  readonly #when: 'before' | 'after';

  constructor(at: number, when: 'before' | 'after') {
    this.#at = at;
    this.#when = when;
  }

  async pass<T>(call: () => Promise<T>): Promise<T> {
    const isHere = this.count++ === this.#at;
    if (isHere && this.#when === 'before') throw new Death();
    const result = await call();
    if (isHere) throw new Death();
    return result;
  }

  journal(journal: JournalStore): JournalStore {
    return {
      append: (at, number, entry) => this.pass(() => journal.append(at, number, entry)),
      read: (at, from) => journal.read(at, from),
      list: (ref) => journal.list(ref),
      close: () => journal.close(),
    };
  }

  platform(platform: Platform): Platform {
    return {
      readService: (ref) => platform.readService(ref),
      listServices: (scope) => platform.listServices(scope),
      begin: (ref, effect, etag) => this.pass(() => platform.begin(ref, effect, etag)),
      finish: (name, until, stop) => this.pass(() => platform.finish(name, until, stop)),
      close: () => platform.close(),
    };
  }
}

interface Scene {
  readonly world: RolloutWorld;
  readonly place: JournalPlace;
  /** Kinds of the writes that the platform took. */
  readonly writes: string[];
}

async function setScene(isBad: boolean): Promise<Scene> {
  const world = new RolloutWorld();
  await world.serve();
  if (isBad) world.errorShare = (revision) => (revision === 'shop-v2' ? 0.5 : 0);
  const writes: string[] = [];
  const begin = world.platform.begin.bind(world.platform);
  world.platform.begin = async (ref, effect, etag) => {
    const operation = await begin(ref, effect, etag);
    writes.push(effect.kind);
    const have = await world.platform.readService(REF);
    assert.equal(sumPercent(have?.traffic ?? []), 100, 'what is asked for sums to 100');
    assert.equal(sumPercent(have?.served ?? []), 100, 'what is in force sums to 100');
    return operation;
  };
  return { world, place: await world.begin(world.want({}, { steps: STEPS })), writes };
}

/** Runs until the process dies, then as another one. True when it died. */
async function runAndDie({ world, place }: Scene, doom: Doom): Promise<boolean> {
  const doomed = {
    platform: doom.platform(world.platform),
    journal: doom.journal(world.journal),
  };
  try {
    await advance(place, world.deps(doomed), signal);
    return false;
  } catch (error) {
    assert.ok(error instanceof Death, String(error));
    return true;
  }
}

async function assertWhole({ world, place, writes }: Scene, state: RolloutState): Promise<void> {
  const entries = await world.entries(place);
  assert.equal(entries.filter(({ kind }) => kind === 'ended').length, 1);
  assert.equal(entries.at(-1)?.kind, 'ended');
  assert.deepEqual(foldJournal(entries), state);
  const expected = state.outcome === 'promoted' ? GOOD_WRITES : BAD_WRITES;
  assert.deepEqual(writes, expected, 'each write got through once');
  await world.clock.sleep(2000);
  const have = await world.platform.readService(REF);
  assert.equal(have?.annotations[LOCK], undefined, 'the lock is given back');
  assert.equal(have?.state, 'ready');
}

async function dieEverywhere(
  when: 'before' | 'after',
  isBad: boolean,
  check: (scene: Scene, state: RolloutState) => Promise<void>,
): Promise<number> {
  for (let at = 0; ; at++) {
    const scene = await setScene(isBad);
    if (!(await runAndDie(scene, new Doom(at, when)))) return at;
    const rescue = scene.world.deps({ who: 'bob@test', takeOver: true });
    const state = await advance(scene.place, rescue, signal);
    try {
      await assertWhole(scene, state);
      await check(scene, state);
    } catch (error) {
      const entries = await scene.world.entries(scene.place);
      throw new Error(`died ${when} write ${at}: ${entries.map(({ kind }) => kind).join(' ')}`, {
        cause: error,
      });
    }
  }
}

describe('a runner dies, another one resumes', () => {
  for (const when of ['before', 'after'] as const) {
    test(`${when} each write of a good release: it is promoted`, async () => {
      const points = await dieEverywhere(when, false, async ({ world }, state) => {
        assert.equal(state.outcome, 'promoted');
        assert.deepEqual(world.shares(), { 'shop-v2': 100 });
      });
      assert.ok(points > 30, `${points} points`);
    });

    test(`${when} each write of a bad release: it is taken back`, async () => {
      const points = await dieEverywhere(when, true, async ({ world }, state) => {
        assert.equal(state.outcome, 'rolledBack');
        assert.deepEqual(world.shares(), { 'shop-v1': 100 });
      });
      assert.ok(points > 20, `${points} points`);
    });
  }
});

test('twice dead at the same place is as good as once', async () => {
  const scene = await setScene(true);
  for (let at = 3; await runAndDie(scene, new Doom(at, 'after')); at = 2) {
    await scene.world.clock.sleep(60_000);
  }
  const state = foldJournal(await scene.world.entries(scene.place));
  assert.equal(state.outcome, 'rolledBack');
  await assertWhole(scene, state);
});

test('two runners at once: one goes on, the other is told who took over', async () => {
  const scene = await setScene(false);
  const { world, place } = scene;
  const [first, second] = await Promise.allSettled([
    advance(place, world.deps({ who: 'ada@test' }), signal),
    advance(place, world.deps({ who: 'bob@test', takeOver: true }), signal),
  ]);
  const won = [first, second].filter(({ status }) => status === 'fulfilled');
  assert.equal(won.length, 1);
  const lost = [first, second].find(({ status }) => status === 'rejected');
  assert.ok(lost?.status === 'rejected');
  assert.ok(['rollout_taken', 'rollout_owned'].includes((lost.reason as { code: string }).code));
  const state = foldJournal(await world.entries(place));
  assert.equal(state.outcome, 'promoted');
  await assertWhole(scene, state);
});

test('a runner that lives is not taken over unless it is asked for', async () => {
  const { world, place } = await setScene(false);
  await runAndDie({ world, place, writes: [] }, new Doom(4, 'after'));
  await assert.rejects(advance(place, world.deps({ who: 'bob@test' }), signal), {
    code: 'rollout_owned',
    message: /^ada@test runs this rollout since /,
  });
  await world.clock.sleep(31_000);
  const state = await advance(place, world.deps({ who: 'bob@test' }), signal);
  assert.equal(state.outcome, 'promoted');
});
