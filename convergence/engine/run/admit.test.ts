import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DEFAULT_PLANS } from '../tenant/plan/plan.ts';
import { decideAdmission } from './admit.ts';
import type { AdmissionState } from './admit.ts';
import type { RunRequest } from './run-store.ts';

const NOW = new Date('2026-03-31T23:30:00Z');
const USAGE = {
  day: '2026-04-01',
  runsToday: 3,
  runsThisMonth: 9,
  rowsToday: 10,
  rowsThisMonth: 20,
  bytesToday: 100,
  bytesThisMonth: 200,
};
const STATE: AdmissionState = {
  tenant: { tenantId: 'acme', status: 'active', timeZone: 'Europe/Berlin' },
  plan: DEFAULT_PLANS.starter,
  usage: USAGE,
  activeRuns: ['a', 'b', 'c'],
};

test('an admitted run is counted', () => {
  assert.deepEqual(decideAdmission(STATE, {}, NOW), {
    outcome: 'queue',
    usage: { ...USAGE, runsToday: 4, runsThisMonth: 10 },
    cancel: [],
  });
});

test('cancel makes room for one, oldest first; skip says why; queue waits', () => {
  const cancel = decideAdmission(STATE, { concurrency: { limit: 2, onConflict: 'cancel' } }, NOW);
  assert.deepEqual(cancel.outcome === 'queue' && cancel.cancel, ['a', 'b']);
  assert.equal(
    decideAdmission(STATE, { concurrency: { limit: 3, onConflict: 'skip' } }, NOW).outcome,
    'skip',
  );
  assert.equal(
    decideAdmission(STATE, { concurrency: { limit: 4, onConflict: 'skip' } }, NOW).outcome,
    'queue',
  );
  assert.equal(
    decideAdmission(STATE, { concurrency: { limit: 1, onConflict: 'queue' } }, NOW).outcome,
    'queue',
  );
});

function refusalOf(state: AdmissionState, request: Pick<RunRequest, 'sources'> = {}) {
  const admission = decideAdmission(state, request, NOW);
  assert.equal(admission.outcome, 'refuse');
  return admission.error;
}

test('a refusal names the limit, its use and when it begins again', () => {
  const [tomorrow, nextMonth] = ['2026-04-01T22:00:00.000Z', '2026-04-30T22:00:00.000Z'];
  const refusals = [
    ['runs_per_day', 50, { runsToday: 50 }, tomorrow],
    ['runs_per_month', 1_000, { runsThisMonth: 1_000 }, nextMonth],
    ['rows_per_day', 5_000_000, { rowsToday: 5_000_000 }, tomorrow],
    ['rows_per_month', 50_000_000, { rowsThisMonth: 50_000_000 }, nextMonth],
    ['bytes_per_day', 5e9, { bytesToday: 5e9 }, tomorrow],
    ['bytes_per_month', 50e9, { bytesThisMonth: 50e9 }, nextMonth],
  ] as const;
  for (const [limit, allowed, used, resetsAt] of refusals) {
    const { code, details } = refusalOf({ ...STATE, usage: { ...USAGE, ...used } });
    assert.equal(code, 'quota_exceeded');
    assert.deepEqual(details, { limit, allowed, used: allowed, resetsAt });
  }
  const { message, hint } = refusalOf({ ...STATE, usage: { ...USAGE, runsThisMonth: 1_000 } });
  assert.equal(message, 'The plan allows 1,000 runs a month, and 1,000 were used.');
  assert.equal(
    hint,
    `Wait until ${nextMonth}, when the count begins again, or take a larger plan.`,
  );
});

test('a suspended tenant is refused, whatever is left', () => {
  const tenant = { ...STATE.tenant, status: 'suspended' } as const;
  assert.equal(refusalOf({ ...STATE, tenant }).code, 'tenant_suspended');
});

test('more sources than the plan has are refused; as many as it has are not', () => {
  const { code, details, message } = refusalOf(STATE, { sources: 11 });
  assert.equal(code, 'quota_exceeded');
  assert.equal(message, 'The plan allows 10 sources, and there are 11.');
  assert.deepEqual(details, { limit: 'sources', allowed: 10, used: 11 });
  assert.equal(decideAdmission(STATE, { sources: 10 }, NOW).outcome, 'queue');
});
