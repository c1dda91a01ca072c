import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  array,
  assert as assertProperty,
  boolean,
  constantFrom,
  integer,
  property,
  record,
  uniqueArray,
} from 'fast-check';
import type { Have, TrafficTarget } from './have.ts';
import { makePlan } from './make-plan.ts';
import { haveOf, NO_FACTS, revisionOf, wantOf } from './plan.fake.ts';
import type { Plan } from './plan.ts';
import { isOwnTag } from './revision/name-revision.ts';
import { giveTraffic } from './traffic/give-traffic.ts';
import { sumPercent } from './traffic/spread-percent.ts';

const NAMES = ['api-1', 'api-2', 'api-3', 'api-abc1234-00001', 'other'];

const revisions = uniqueArray(
  record({
    name: constantFrom(...NAMES),
    day: integer({ min: 1, max: 28 }),
    state: constantFrom('ready' as const, 'ready' as const, 'failed' as const, 'pending' as const),
  }),
  { selector: ({ name }) => name, maxLength: 5 },
);

/** Cuts of 100 make percentages that sum to it. */
const traffic = record({
  cuts: array(integer({ min: 0, max: 100 }), { maxLength: 3 }),
  targets: array(constantFrom(...NAMES, null), { minLength: 4, maxLength: 4 }),
  tags: uniqueArray(constantFrom('green', 'blue', 'v-1', 'v-2', 'v-abc1234-00001'), {
    maxLength: 4,
  }),
});

const have = record({ revisions, traffic, isEmpty: boolean() }).map((made): Have => {
  const known = new Set<string | null>(made.revisions.map(({ name }) => name));
  const edges = [0, ...made.traffic.cuts.toSorted((a, b) => a - b), 100];
  const targetAt = (index: number) => {
    const revision = made.traffic.targets[index] ?? null;
    return known.has(revision) ? revision : null;
  };
  const split = edges.slice(1).map((edge, index): TrafficTarget => {
    const percent = edge - (edges[index] ?? 0);
    return { revision: targetAt(index), percent };
  });
  const tagged = made.traffic.tags.map((tag, index) => ({
    revision: targetAt(index),
    percent: 0,
    tag,
  }));
  const all = made.revisions.map(({ name, day, state }) => revisionOf(name, day, { state }));
  return haveOf(all, made.isEmpty ? [] : [...split, ...tagged]);
});

const want = record({
  strategy: constantFrom('sequential', 'canary-10', 'gradual-25-50-100', 'direct'),
  skipCanary: boolean(),
  keepRevisions: integer({ min: 1, max: 4 }),
}).map(({ strategy, skipCanary, keepRevisions }) =>
  wantOf(`strategy: { preset: ${strategy}, keepRevisions: ${keepRevisions} }`, { skipCanary }),
);

/** Every traffic that the plan writes. */
function writtenBy(plan: Plan): (readonly TrafficTarget[])[] {
  return plan.stages.flatMap(({ effects }) =>
    effects.flatMap(({ effect }) => ('traffic' in effect ? [effect.traffic] : [])),
  );
}

test('all traffic that any plan writes sums to 100, names revisions and has each tag once', () => {
  assertProperty(
    property(have, want, (before, wanted) => {
      for (const written of writtenBy(makePlan(wanted, before, NO_FACTS))) {
        assert.equal(sumPercent(written), 100);
        assert.ok(written.every(({ revision }) => revision !== null));
        assert.ok(written.every(({ percent }) => Number.isInteger(percent) && percent >= 0));
        assert.ok(written.every(({ percent, tag }) => percent > 0 || tag !== undefined));
        const tags = written.flatMap(({ tag }) => tag ?? []);
        assert.equal(new Set(tags).size, tags.length);
      }
    }),
  );
});

test('the tags of others survive any plan and keep their revision', () => {
  assertProperty(
    property(have, want, (before, wanted) => {
      const foreign = before.traffic.filter(
        ({ revision, tag }) => tag !== undefined && !isOwnTag('api', revision ?? '', tag),
      );
      for (const written of writtenBy(makePlan(wanted, before, NO_FACTS))) {
        for (const { tag, revision } of foreign) {
          const kept = written.find((target) => target.tag === tag);
          assert.ok(kept);
          if (revision !== null) assert.equal(kept.revision, revision);
        }
      }
    }),
  );
});

test('a plan begins with what is there, each effect where the last one ended, and is repeatable', () => {
  assertProperty(
    property(have, want, (before, wanted) => {
      const plan = makePlan(wanted, before, NO_FACTS);
      let now = before.traffic;
      for (const planned of plan.stages.flatMap(({ effects }) => effects)) {
        assert.deepEqual(planned.before, now);
        now = planned.after;
      }
      assert.deepEqual(makePlan(wanted, before, NO_FACTS), plan);
    }),
  );
});

test('the new revision is new, gets nothing before it is proved, and never loses the way back', () => {
  assertProperty(
    property(have, want, (before, wanted) => {
      const plan = makePlan(wanted, before, NO_FACTS);
      assert.ok(!before.revisions.some(({ name }) => name === plan.revision));
      assert.ok(plan.revision.length <= 63);
      if (plan.kind !== 'shift') return;
      const [deploy] = plan.stages.filter(({ name }) => name === 'deploy');
      const after = deploy?.effects[0]?.after ?? [];
      assert.equal(sumPercent(after.filter(({ revision }) => revision === plan.revision)), 0);
      const written = writtenBy(plan).every((targets) =>
        targets.some(({ revision }) => revision === plan.stable),
      );
      assert.ok(written);
      const deleted = plan.stages.flatMap(({ effects }) =>
        effects.flatMap(({ effect }) => (effect.kind === 'deleteRevision' ? effect.revision : [])),
      );
      assert.ok(!deleted.includes(plan.revision) && !deleted.includes(plan.stable ?? ''));
    }),
  );
});

test('a revision gets exactly what it is given, and the others keep their order of size', () => {
  assertProperty(
    property(have, integer({ min: 0, max: 100 }), (before, percent) => {
      const { base, kind } = makePlan(wantOf(), before, NO_FACTS);
      if (kind !== 'shift') return;
      const given = giveTraffic(base, { revision: 'new', percent, tag: 't' });
      assert.equal(given.find(({ revision }) => revision === 'new')?.percent, percent);
      assert.equal(sumPercent(given), 100);
      const bySize = base.map(({ revision, tag, percent: was }) => {
        const is = given.find((one) => one.revision === revision && one.tag === tag)?.percent ?? 0;
        return { was, is };
      });
      if (percent < 100) {
        for (const a of bySize) for (const b of bySize) if (a.was > b.was) assert.ok(a.is >= b.is);
      }
    }),
  );
});
