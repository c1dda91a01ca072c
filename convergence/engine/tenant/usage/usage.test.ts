import assert from 'node:assert/strict';
import { test } from 'node:test';
import { endOfDay, endOfMonth } from '../local-day.ts';
import { DEFAULT_PLANS } from '../plan/plan.ts';
import { countQuotaUse, currentUsage, limitUses } from './usage.ts';

const NOW = new Date('2026-03-31T23:30:00Z');
const STORED = {
  day: '2026-03-31',
  runsToday: 5,
  runsThisMonth: 7,
  rowsToday: 50,
  rowsThisMonth: 70,
  bytesToday: 500,
  bytesThisMonth: 700,
};

test('counters of a day or month that is over are zero', () => {
  const ofDay = { runsToday: 0, rowsToday: 0, bytesToday: 0 };
  const ofMonth = { runsThisMonth: 0, rowsThisMonth: 0, bytesThisMonth: 0 };
  const inBerlin = { day: '2026-04-01', ...ofDay, ...ofMonth };
  assert.deepEqual(currentUsage(STORED, NOW, 'Europe/Berlin'), inBerlin);
  assert.deepEqual(currentUsage({ ...STORED, day: '2026-03-30' }, NOW, 'UTC'), {
    ...STORED,
    ...ofDay,
  });
});

test('moving west gives no second day, and the day that was begun there ends late', () => {
  const inBerlin = { ...STORED, day: '2026-04-01' };
  const timeZone = 'America/New_York';
  assert.deepEqual(currentUsage(inBerlin, NOW, timeZone), inBerlin);
  const standing = { plan: DEFAULT_PLANS.starter, usage: inBerlin, now: NOW, timeZone };
  const uses = limitUses(standing, { runningNow: 1, sources: 4 });
  const [day, month] = [new Date('2026-04-02T04:00:00Z'), new Date('2026-05-01T04:00:00Z')];
  assert.deepEqual(uses, [
    { name: 'runs_per_day', used: 5, allowed: 50, resetsAt: day },
    { name: 'runs_per_month', used: 7, allowed: 1_000, resetsAt: month },
    { name: 'rows_per_day', used: 50, allowed: 5_000_000, resetsAt: day },
    { name: 'rows_per_month', used: 70, allowed: 50_000_000, resetsAt: month },
    { name: 'bytes_per_day', used: 500, allowed: 5e9, resetsAt: day },
    { name: 'bytes_per_month', used: 700, allowed: 50e9, resetsAt: month },
    { name: 'concurrent_runs', used: 1, allowed: 2, resetsAt: null },
    { name: 'sources', used: 4, allowed: 10, resetsAt: null },
  ]);
});

test('a day ends with its last second, also where clocks change at midnight', () => {
  const ends = [
    ['2026-03-28T12:00:00Z', 'Europe/Berlin', '2026-03-28', '2026-03-28T23:00:00.000Z'],
    ['2026-03-29T12:00:00Z', 'Europe/Berlin', '2026-03-29', '2026-03-29T22:00:00.000Z'],
    ['2018-11-03T15:00:00Z', 'America/Sao_Paulo', '2018-11-03', '2018-11-04T03:00:00.000Z'],
    ['2026-12-31T23:59:59Z', 'UTC', '2026-12-31', '2027-01-01T00:00:00.000Z'],
  ] as const;
  for (const [now, timeZone, day, expected] of ends) {
    assert.equal(endOfDay(day, new Date(now), timeZone).toISOString(), expected);
  }
  const may = endOfMonth('2026-04-30', NOW, 'Europe/Berlin');
  assert.equal(may.toISOString(), '2026-04-30T22:00:00.000Z');
});

test('tenants are counted by what they have used of each quota', () => {
  const usage = {
    day: '2026-03-01',
    runsToday: 0,
    runsThisMonth: 800,
    rowsToday: 0,
    rowsThisMonth: 0,
    bytesToday: 0,
    bytesThisMonth: 0,
  };
  const tenants = [
    { plan: 'starter', usage: { ...usage, runsToday: 39 } },
    { plan: 'starter', usage: { ...usage, runsToday: 40 } },
    { plan: 'starter', usage: { ...usage, runsToday: 50 } },
    { plan: 'enterprise', usage: { ...usage, runsToday: 1_000_000 } },
  ];
  const counted = countQuotaUse(tenants, DEFAULT_PLANS);
  assert.equal(counted.length, 18);
  assert.deepEqual(counted.slice(0, 6), [
    { quota: 'runs_per_day', use: 'below_80', tenants: 2 },
    { quota: 'runs_per_day', use: 'from_80', tenants: 1 },
    { quota: 'runs_per_day', use: 'reached', tenants: 1 },
    { quota: 'runs_per_month', use: 'below_80', tenants: 1 },
    { quota: 'runs_per_month', use: 'from_80', tenants: 3 },
    { quota: 'runs_per_month', use: 'reached', tenants: 0 },
  ]);
});
