import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { BACKFILL_STEPS, MAX_INTERVALS, splitRange } from './split-range.ts';
import type { DayRange } from './split-range.ts';

const split = (range: DayRange) => splitRange(range).map(({ start, end }) => `${start} ${end}`);

test('a range is cut where the calendar is, and the ends are shorter', () => {
  assert.deepEqual(split({ from: '2024-02-28', to: '2024-03-02', step: 'day' }), [
    '2024-02-28 2024-02-29',
    '2024-02-29 2024-03-01',
    '2024-03-01 2024-03-02',
  ]);
  // 2026-01-05 is a Monday.
  assert.deepEqual(split({ from: '2026-01-01', to: '2026-01-13', step: 'week' }), [
    '2026-01-01 2026-01-05',
    '2026-01-05 2026-01-12',
    '2026-01-12 2026-01-13',
  ]);
  assert.deepEqual(split({ from: '2025-12-31', to: '2026-02-15', step: 'month' }), [
    '2025-12-31 2026-01-01',
    '2026-01-01 2026-02-01',
    '2026-02-01 2026-02-15',
  ]);
  assert.deepEqual(split({ from: '2025-11-01', to: '2026-05-01', step: 'quarter' }), [
    '2025-11-01 2026-01-01',
    '2026-01-01 2026-04-01',
    '2026-04-01 2026-05-01',
  ]);
  assert.deepEqual(split({ from: '2025-06-01', to: '2026-01-01', step: 'year' }), [
    '2025-06-01 2026-01-01',
  ]);
});

test('the pieces are the range, without a gap or an overlap', () => {
  const day = fc
    .integer({ min: 0, max: 40_000 })
    .map((days) => new Date(days * 86_400_000).toISOString().slice(0, 10));
  fc.assert(
    fc.property(
      day,
      fc.integer({ min: 1, max: 900 }),
      fc.constantFrom(...BACKFILL_STEPS),
      (...[from, days, step]) => {
        const to = new Date(Date.parse(from) + days * 86_400_000).toISOString().slice(0, 10);
        const pieces = splitRange({ from, to, step });
        assert.equal(pieces[0]?.start, from);
        assert.equal(pieces.at(-1)?.end, to);
        pieces.forEach(({ start, end }, index) => {
          assert.ok(start < end);
          if (index > 0) assert.equal(start, pieces[index - 1]?.end);
        });
      },
    ),
  );
});

test('an empty range and one of too many pieces are refused', () => {
  for (const to of ['2026-01-01', '2025-01-01']) {
    assert.throws(() => splitRange({ from: '2026-01-01', to, step: 'day' }), {
      code: 'request_invalid',
    });
  }
  const from = '2020-01-01';
  const last = new Date(Date.parse(from) + MAX_INTERVALS * 86_400_000).toISOString().slice(0, 10);
  assert.equal(splitRange({ from, to: last, step: 'day' }).length, MAX_INTERVALS);
  assert.throws(() => splitRange({ from, to: '2030-01-01', step: 'day' }), {
    code: 'request_invalid',
    message: 'from 2020-01-01 to 2030-01-01 there are more than 1000 intervals of a day',
  });
});
