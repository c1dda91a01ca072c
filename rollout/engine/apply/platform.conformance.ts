import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Effect, RevisionTemplate } from '../plan/effect.ts';
import type { Have, ServiceRef } from '../plan/have.ts';
import { samePercents } from './effect-done.ts';
import type { Platform } from './platform.ts';

export interface PlatformHarness {
  readonly platform: Platform;
  /** The platform as another process would have it. */
  readonly openOther: () => Platform;
  readonly project: string;
  readonly region: string;
  /** Becomes ready. */
  readonly good: RevisionTemplate;
  /** Never does. */
  readonly bad: RevisionTemplate;
  readonly now: () => Date;
  readonly close: () => Promise<void>;
}

/** What every platform must do; each case has a service of its own. */
export function platformConformance(name: string, open: () => Promise<PlatformHarness>): void {
  describe(`${name} as a platform`, () => {
    let harness: PlatformHarness | undefined;
    before(async () => {
      harness = await open();
    });
    after(() => harness?.close());
    Object.entries(CASES).forEach(([title, run], index) => {
      test(title, async () => {
        assert.ok(harness);
        const { project, region } = harness;
        await run({ ...harness, ref: { project, region, service: `case-${index}` } });
      });
    });
  });
}

interface Bench extends PlatformHarness {
  readonly ref: ServiceRef;
}

async function apply({ platform, ref, now }: Bench, effect: Effect): Promise<Have> {
  const before = await platform.readService(ref);
  const operation = await platform.begin(ref, effect, before?.etag ?? null);
  await platform.finish(operation, inSeconds(now, 60));
  return read({ platform, ref });
}

async function read({ platform, ref }: Pick<Bench, 'platform' | 'ref'>): Promise<Have> {
  const have = await platform.readService(ref);
  assert.ok(have);
  return have;
}

function inSeconds(now: () => Date, seconds: number): Date {
  return new Date(now().getTime() + seconds * 1000);
}

function createdBy({ ref, good }: Bench): Effect {
  return {
    kind: 'createService',
    revision: `${ref.service}-one`,
    tag: 'first',
    template: good,
    minInstances: 0,
    annotations: { 'rollout.dev/active': '{"id":"r-1"}' },
  };
}

function deployed({ ref, good }: Bench, more: Partial<Effect> = {}): Effect {
  return {
    kind: 'deployRevision',
    revision: `${ref.service}-two`,
    template: good,
    minInstances: 0,
    traffic: [
      { revision: `${ref.service}-one`, percent: 100 },
      { revision: `${ref.service}-two`, percent: 0, tag: 'next' },
    ],
    ...more,
  } as Effect;
}

function moved({ ref }: Bench, one: number): Effect {
  const traffic = [
    { revision: `${ref.service}-one`, percent: one },
    { revision: `${ref.service}-two`, percent: 100 - one, tag: 'next' },
  ];
  return { kind: 'moveTraffic', traffic: traffic.filter(({ percent, tag }) => percent > 0 || tag) };
}

function hasCode(code: string): (error: unknown) => boolean {
  return (error) => (error as { code?: unknown }).code === code;
}

const CASES: Readonly<Record<string, (bench: Bench) => Promise<void>>> = {
  'knows nothing of a service that is not there': async ({ platform, ref }) => {
    assert.equal(await platform.readService(ref), null);
  },
  'creates a service whose first revision serves under its tag, too': async (bench) => {
    const have = await apply(bench, createdBy(bench));
    const revision = `${bench.ref.service}-one`;
    assert.deepEqual(have.ref, bench.ref);
    assert.equal(have.state, 'ready');
    assert.ok(samePercents(have.traffic, [{ revision, percent: 100 }]));
    assert.ok(samePercents(have.served, [{ revision, percent: 100 }]));
    assert.match(have.served.find(({ tag }) => tag === 'first')?.url ?? '', /^https?:/);
    assert.match(have.url, /^https?:/);
    assert.equal(have.annotations['rollout.dev/active'], '{"id":"r-1"}');
    const [only, ...others] = have.revisions;
    assert.deepEqual([only?.name, only?.state, only?.retired], [revision, 'ready', false]);
    assert.deepEqual(others, []);
    assert.ok((await bench.platform.listServices(bench.ref)).includes(bench.ref.service));
  },
  'does not create a service twice': async (bench) => {
    await apply(bench, createdBy(bench));
    const again = bench.platform.begin(bench.ref, createdBy(bench), null);
    await assert.rejects(again, hasCode('service_exists'));
  },
  'deploys a revision that serves nobody but its tag': async (bench) => {
    await apply(bench, createdBy(bench));
    const have = await apply(bench, deployed(bench));
    assert.ok(samePercents(have.served, [{ revision: `${bench.ref.service}-one`, percent: 100 }]));
    assert.match(have.served.find(({ tag }) => tag === 'next')?.url ?? '', /^https?:/);
    assert.deepEqual(
      have.revisions.map(({ name, state }) => [name, state]),
      [
        [`${bench.ref.service}-two`, 'ready'],
        [`${bench.ref.service}-one`, 'ready'],
      ],
    );
  },
  'refuses a name that a revision has': async (bench) => {
    await apply(bench, createdBy(bench));
    const { etag } = await apply(bench, deployed(bench));
    const again = bench.platform.begin(bench.ref, deployed(bench), etag);
    await assert.rejects(again, hasCode('revision_exists'));
  },
  'moves traffic, and shows in whose hands it is': async (bench) => {
    await apply(bench, createdBy(bench));
    await apply(bench, deployed(bench));
    const effect = moved(bench, 75);
    const have = await apply(bench, effect);
    assert.ok(effect.kind === 'moveTraffic');
    assert.ok(samePercents(have.traffic, effect.traffic));
    assert.ok(samePercents(have.served, effect.traffic));
    assert.ok(!Number.isNaN(Date.parse(have.changedBy.at)));
  },
  'refuses a write that was decided on an older state': async (bench) => {
    const { etag } = await apply(bench, createdBy(bench));
    await apply(bench, deployed(bench));
    const late = bench.platform.begin(bench.ref, moved(bench, 50), etag);
    await assert.rejects(late, hasCode('etag_stale'));
    const have = await read(bench);
    assert.ok(samePercents(have.traffic, [{ revision: `${bench.ref.service}-one`, percent: 100 }]));
  },
  'refuses traffic for a revision that is not there': async (bench) => {
    const { etag } = await apply(bench, createdBy(bench));
    const effect: Effect = {
      kind: 'moveTraffic',
      traffic: [{ revision: `${bench.ref.service}-none`, percent: 100 }],
    };
    const refused = bench.platform.begin(bench.ref, effect, etag);
    await assert.rejects(refused, hasCode('effect_refused'));
  },
  'keeps what serves when a revision never becomes ready': async (bench) => {
    await apply(bench, createdBy(bench));
    const broken = apply(bench, deployed(bench, { template: bench.bad }));
    await assert.rejects(broken, hasCode('operation_failed'));
    const have = await read(bench);
    const two = have.revisions.find(({ name }) => name === `${bench.ref.service}-two`);
    assert.equal(two?.state, 'failed');
    assert.ok(two.message);
    assert.ok(samePercents(have.served, [{ revision: `${bench.ref.service}-one`, percent: 100 }]));
  },
  'writes and takes away annotations, and leaves the others': async (bench) => {
    await apply(bench, createdBy(bench));
    const set = { 'rollout.dev/quarantine': '[]', 'rollout.dev/active': null };
    const have = await apply(bench, { kind: 'annotate', annotations: set });
    assert.equal(have.annotations['rollout.dev/quarantine'], '[]');
    assert.equal(have.annotations['rollout.dev/active'], undefined);
    const later = await apply(bench, { kind: 'annotate', annotations: { 'team.example/a': 'b' } });
    assert.equal(later.annotations['rollout.dev/quarantine'], '[]');
    assert.equal(later.annotations['team.example/a'], 'b');
  },
  'deletes a revision that is retired, and no other': async (bench) => {
    await apply(bench, createdBy(bench));
    await apply(bench, deployed(bench));
    const two = { revision: `${bench.ref.service}-two`, percent: 100, tag: 'next' };
    const { etag } = await apply(bench, { kind: 'moveTraffic', traffic: [two] });
    const inUse: Effect = { kind: 'deleteRevision', revision: two.revision };
    await assert.rejects(bench.platform.begin(bench.ref, inUse, etag), hasCode('effect_refused'));
    const have = await apply(bench, { ...inUse, revision: `${bench.ref.service}-one` });
    assert.deepEqual(
      have.revisions.map(({ name }) => name),
      [two.revision],
    );
  },
  'lets another process wait for an operation, also after its end': async (bench) => {
    const operation = await bench.platform.begin(bench.ref, createdBy(bench), null);
    const other = bench.openOther();
    await other.finish(operation, inSeconds(bench.now, 60));
    await other.finish(operation, inSeconds(bench.now, 60));
    assert.equal((await read({ ...bench, platform: other })).state, 'ready');
  },
  'gives up waiting at the deadline, and the operation goes on': async (bench) => {
    const operation = await bench.platform.begin(bench.ref, createdBy(bench), null);
    const early = bench.platform.finish(operation, bench.now());
    await assert.rejects(early, hasCode('operation_overdue'));
    await bench.platform.finish(operation, inSeconds(bench.now, 60));
    assert.equal((await read(bench)).state, 'ready');
  },
};
