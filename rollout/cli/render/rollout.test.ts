import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createStyle } from 'base/terminal/style.ts';
import { widthOf } from 'base/terminal/text-width.ts';
import { advance } from '../../engine/rollout/advance.ts';
import type { Entry } from '../../engine/rollout/entry.ts';
import { REF, RolloutWorld } from '../../engine/rollout/rollout-world.fake.ts';
import { foldJournal } from '../../engine/rollout/rollout-state.ts';
import { createEntryTeller } from './entry-line.ts';
import { renderOutcome } from './outcome-lines.ts';
import { renderPlan } from './plan-lines.ts';
import { renderRolloutScreen } from './rollout-screen.ts';
import { renderStatus } from './status-lines.ts';

const style = createStyle(false);

/** The journal of a rollout whose canary fails so often. */
async function journalOf(errorShare: number): Promise<{ world: RolloutWorld; entries: Entry[] }> {
  const world = new RolloutWorld();
  await world.serve();
  world.errorShare = (revision) => (revision === 'shop-v1' ? 0.01 : errorShare);
  const place = await world.begin();
  await advance(place, world.deps(), new AbortController().signal);
  return { world, entries: await world.entries(place) };
}

const { world, entries: bad } = await journalOf(0.3);

function told(entries: readonly Entry[]): string[] {
  const tell = createEntryTeller(style);
  return entries.flatMap((entry, at) => tell(entry, foldJournal(entries.slice(0, at + 1))) ?? []);
}

/** Until and with the first look of the judge. */
const firstLook = bad.slice(
  0,
  bad.findIndex(({ kind }) => kind === 'returning'),
);

test('a bad release, record by record', () => {
  const why =
    'The new revision failed 15 of 50 requests (30 %), the present one 5 of 450 requests (1.1 %); by chance alone that happens in at most one of a million rollouts.';
  assert.deepEqual(told(bad), [
    '00:00:01  rollout r-1 by ada@test: shop-v2 against shop-v1; traffic LATEST 100 %',
    '00:00:01  run by ada@test (id-2)',
    '00:00:01  taking the lock of the service',
    '00:00:02  pinning the traffic that follows LATEST',
    '00:00:03  traffic shop-v1 100 % (tag v-v1)',
    '00:00:03  deploying the revision without traffic',
    '00:00:04  traffic shop-v1 100 % (tag v-v1), shop-v2 0 % (tag v-v2)',
    '00:00:04  proved: 1 checks passed at try 1',
    '00:00:04  moving traffic',
    '00:00:05  traffic shop-v1 90 % (tag v-v1), shop-v2 10 % (tag v-v2)',
    `00:00:10  taking it back (judge): ${why}`,
    '00:00:10  moving traffic back',
    '00:00:11  traffic shop-v1 100 % (tag v-v1)',
    '00:00:11  the service answers: 1 check, 5 ms at most',
    '00:00:11  giving the lock back, and quarantining the revision',
    `00:00:12  rolled back: ${why}`,
  ]);
});

test('what a rollout came to', () => {
  assert.deepEqual(renderOutcome(foldJournal(bad), style), [
    '',
    'shop-v2 is rolled back after 11.0 s',
    '  traffic   shop-v1 100 % (tag v-v1)',
    '  canary    50 requests, 15 errors (30 %)',
    '  stable    450 requests, 5 errors (1.1 %)',
  ]);
  assert.deepEqual(renderOutcome(foldJournal(firstLook), style), []);
});

describe('the screen', () => {
  const nowMs = Date.parse('2026-01-01T00:00:10.000Z');

  test('in a step: path, split, counts and evidence', () => {
    const lines = renderRolloutScreen(foldJournal(firstLook), { width: 100, nowMs, style });
    assert.deepEqual(lines, [
      '',
      'shop-v2 judges at 10 %; 55.0 s left  p/europe-west1/shop',
      '  ✔ deploy · ✔ prove · ▸ 10 % · 50 % · 100 % · watch',
      '  shop-v2  ███░░░░░░░░░░░░░░░░░░░░░░░░░░░  10 %  50 requests, 15 errors (30 %)',
      '  shop-v1  ███████████████████████████░░░  90 %  450 requests, 5 errors (1.1 %)',
      '  E over 1,000,000 of 100, errors x15 would be seen',
    ]);
  });

  test('fits any terminal at any moment', () => {
    for (const width of [20, 40, 80]) {
      for (let at = 1; at <= bad.length; at++) {
        const lines = renderRolloutScreen(foldJournal(bad.slice(0, at)), { width, nowMs, style });
        assert.ok(lines.every((line) => widthOf(line) <= width));
      }
    }
  });

  test('of a hold says why, and how to go on', () => {
    const at = '2026-01-01T00:00:10.000Z';
    const until = '2026-01-01T02:00:10.000Z';
    const held: Entry[] = [
      ...firstLook,
      { kind: 'held', at, cause: 'noData', reason: 'nobody came', until, next: 'abort' },
    ];
    const flags = '--service shop --region europe-west1 --project p';
    assert.deepEqual(
      renderRolloutScreen(foldJournal(held), { width: 100, nowMs, style }).slice(-4),
      [
        '  held: nobody came',
        `  rollout resume ${flags}    goes on judging`,
        `  rollout promote ${flags}   goes on all the same`,
        `  rollout abort ${flags}     takes it back`,
      ],
    );
  });
});

test('the status of a service and its newest rollout', async () => {
  const frame = { style, nowMs: Date.parse('2026-01-01T00:00:12.000Z') };
  const service = await world.platform.readService(REF);
  assert.deepEqual(renderStatus({ service, rollout: foldJournal(firstLook) }, frame), [
    'p/europe-west1/shop  ready',
    '  at        https://shop.test',
    '  traffic   shop-v1 100 % (tag v-v1)',
    '  changed   2026-01-01T00:00:11.000Z by rollout@test (rollout)',
    '',
    'rollout r-1  by ada@test since 2026-01-01T00:00:01.000Z',
    '  ships     shop-v2 against shop-v1',
    '  state     judges at 10 %; 53.0 s left',
    '  run by    ada@test (id-2)',
    '  canary    50 requests, 15 errors (30 %)',
    '  stable    450 requests, 5 errors (1.1 %)',
  ]);
  assert.deepEqual(renderStatus({ service: null, rollout: null }, frame), [
    'the service is not there yet',
    '',
    'no rollouts yet',
  ]);
});

test('a plan says every write with the traffic before and after it', () => {
  const { plan } = foldJournal(bad).request;
  assert.deepEqual(renderPlan(plan, style).slice(0, 14), [
    'shop-v2, against shop-v1  p/europe-west1/shop',
    'traffic moves step by step; 3 min in all, without build and proof',
    'warning  traffic follows LATEST: each new revision gets it at once; it is pinned first, and stays pinned',
    '',
    'open     lock        no other rollout is under way',
    '',
    ' 1  take the lock',
    '    annotate: set rollout.dev/active',
    ' 2  pin the traffic that follows LATEST',
    '    move traffic, one write',
    '      before  LATEST 100 %',
    '      after   shop-v1 100 % (tag v-v1)',
    ' 3  deploy',
    '    deploy shop-v2, without traffic',
  ]);
});
