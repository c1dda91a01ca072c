import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DEFAULT_PLANS } from '../plan/plan.ts';
import type { TenantUsage } from './quota-store.ts';
import { pageOfRanked, rankUsage } from './rank-usage.ts';

const NOW = new Date('2026-03-15T12:00:00Z');

function tenant(tenantId: string, used: { runs?: number; rows?: number }, plan = 'starter') {
  const usage = {
    day: '2026-03-15',
    runsToday: used.runs ?? 0,
    runsThisMonth: used.runs ?? 0,
    rowsToday: used.rows ?? 0,
    rowsThisMonth: used.rows ?? 0,
    bytesToday: 0,
    bytesThisMonth: 0,
  };
  return {
    tenantId,
    plan,
    timeZone: 'UTC',
    usage,
    runningNow: 2,
    sources: 0,
  } satisfies TenantUsage;
}

const TENANTS = [
  tenant('idle', {}),
  tenant('also_idle', {}),
  tenant('half', { runs: 25 }),
  tenant('rows', { runs: 1, rows: 4_000_000 }),
  tenant('free', { runs: 1_000_000 }, 'enterprise'),
  tenant('over', { runs: 60 }),
  tenant('planless', { runs: 60 }, 'gone'),
];

test('whoever is nearest to a limit comes first', () => {
  const ranked = rankUsage(TENANTS, DEFAULT_PLANS, NOW);
  assert.deepEqual(
    ranked.map(({ tenant: { tenantId }, nearness }) => [tenantId, nearness]),
    [
      ['over', 1.2],
      ['rows', 0.8],
      ['half', 0.5],
      ['also_idle', 0],
      ['free', 0],
      ['idle', 0],
      ['planless', 0],
    ],
  );
});

test('pages of any size cover all, once', () => {
  const ranked = rankUsage(TENANTS, DEFAULT_PLANS, NOW);
  for (let limit = 1; limit <= TENANTS.length; limit++) {
    const seen: unknown[] = [];
    let cursor: string | undefined;
    do {
      const { page, next } = pageOfRanked(ranked, { limit, cursor });
      seen.push(...page);
      cursor = next ?? undefined;
    } while (cursor);
    assert.deepEqual(seen, ranked);
  }
  assert.throws(() => pageOfRanked(ranked, { limit: 1, cursor: '!' }), { code: 'request_invalid' });
});
