import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PLANS } from '../tenant/plan.ts';
import { nextDayStart } from '../tenant/local-day.ts';
import { currentUsage, decideAdmission } from './admit.ts';
import type { AdmissionState } from './admit.ts';

const NOW = new Date('2026-03-31T23:30:00Z');
const STATE: AdmissionState = {
  tenant: { tenantId: 'acme', status: 'active', timeZone: 'Europe/Berlin' },
  plan: PLANS.starter,
  usage: { day: '2026-04-01', runsToday: 3, runsThisMonth: 9 },
  activeRuns: ['a', 'b', 'c'],
};

test('an admitted run is counted', () => {
  assert.deepEqual(decideAdmission(STATE, undefined, NOW), {
    outcome: 'queue',
    usage: { day: '2026-04-01', runsToday: 4, runsThisMonth: 10 },
    cancel: [],
  });
});

test('cancel makes room for one, oldest first; skip says why; queue waits', () => {
  const cancel = decideAdmission(STATE, { limit: 2, onConflict: 'cancel' }, NOW);
  assert.deepEqual(cancel.outcome === 'queue' && cancel.cancel, ['a', 'b']);
  assert.equal(decideAdmission(STATE, { limit: 3, onConflict: 'skip' }, NOW).outcome, 'skip');
  assert.equal(decideAdmission(STATE, { limit: 4, onConflict: 'skip' }, NOW).outcome, 'queue');
  assert.equal(decideAdmission(STATE, { limit: 1, onConflict: 'queue' }, NOW).outcome, 'queue');
});

test('a refusal names the limit, its use and when it begins again', () => {
  const refusals = [
    ['runsPerDay', 50, { runsToday: 50, runsThisMonth: 60 }, '2026-04-01T22:00:00.000Z'],
    ['runsPerMonth', 1000, { runsToday: 1, runsThisMonth: 1000 }, '2026-04-30T22:00:00.000Z'],
  ] as const;
  for (const [limit, allowed, used, resetsAt] of refusals) {
    const usage = { day: '2026-04-01', ...used };
    assert.throws(() => decideAdmission({ ...STATE, usage }, undefined, NOW), {
      code: 'quota_exceeded',
      details: { limit, allowed, used: allowed, resetsAt },
    });
  }
});

test('counters of a day or month that is over are zero; moving west gives no second day', () => {
  const stored = { day: '2026-03-31', runsToday: 5, runsThisMonth: 7 };
  const inBerlin = currentUsage(stored, NOW, 'Europe/Berlin');
  assert.deepEqual(inBerlin, { day: '2026-04-01', runsToday: 0, runsThisMonth: 0 });
  assert.deepEqual(currentUsage(stored, NOW, 'America/New_York'), stored);
  assert.deepEqual(currentUsage(inBerlin, NOW, 'America/New_York'), inBerlin);
});

test('a day begins with its first second, also where clocks change at midnight', () => {
  const starts = [
    ['2026-03-28T12:00:00Z', 'Europe/Berlin', '2026-03-28T23:00:00.000Z'],
    ['2026-03-29T12:00:00Z', 'Europe/Berlin', '2026-03-29T22:00:00.000Z'],
    ['2018-11-03T15:00:00Z', 'America/Sao_Paulo', '2018-11-04T03:00:00.000Z'],
    ['2026-12-31T23:59:59Z', 'UTC', '2027-01-01T00:00:00.000Z'],
  ] as const;
  for (const [now, timeZone, expected] of starts) {
    assert.equal(nextDayStart(new Date(now), timeZone).toISOString(), expected);
  }
});
