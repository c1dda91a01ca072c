import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { systemClock } from 'base/clock.ts';
import { createUuidV7 } from 'base/id.ts';
import { upgradeDatabase } from '../../../db/migrate.ts';
import type { Claim } from '../../../engine/run/run-queue.ts';
import { DEFAULT_PLANS } from '../../../engine/tenant/plan/plan.ts';
import { tenantScope } from '../../../engine/tenant/tenant-scope.ts';
import { openTestDatabase } from '../../../testing/postgres.ts';
import { openControlDatabase } from '../open-control-database.ts';
import { PostgresQuotaStore } from '../tenant/quota-store.ts';
import { PostgresTenantStore } from '../tenant/tenant-store.ts';
import { PostgresRunQueue } from './queue/run-queue.ts';
import { PostgresRunQuota } from './run-quota.ts';
import { PostgresRunStore } from './store/run-store.ts';

const plans = {
  ...DEFAULT_PLANS,
  tiny: {
    ...DEFAULT_PLANS.starter,
    runsPerDay: 37,
    rowsPerDay: 1_000,
    concurrentRuns: 3,
    sources: 2,
  },
};
const readPlans = async () => plans;
const clock = systemClock;
const server = await openTestDatabase();
const database = await openControlDatabase({ databaseUrl: server.url, dataDir: '' });
after(() => database.close().then(() => server.drop()));
await upgradeDatabase(database);
const tenants = new PostgresTenantStore(database, { clock, readPlans });
const quotas = new PostgresQuotaStore(database, { clock });
const runs = new PostgresRunStore(database, { clock, nextId: createUuidV7({ clock }), readPlans });
const queue = new PostgresRunQueue(database, readPlans);
const quota = new PostgresRunQuota(database, { clock, readPlans });
const REQUEST = { pipelineId: 'p', triggerBy: 'test', parameters: {} };

async function claimsOf(tenantId: string, count: number): Promise<readonly Claim[]> {
  const scope = tenantScope(tenantId);
  await tenants.createTenant({ tenantId, plan: 'tiny' });
  for (let nr = 0; nr < count; nr++) await runs.admitRun(scope, REQUEST);
  const claims = await queue.claimRuns('worker', { limit: 100, leaseMs: 60_000 });
  return claims.filter((claim) => claim.tenantId === tenantId);
}

async function rowsToday(tenantId: string): Promise<number> {
  return (await quotas.readUsage({ tenantId })).usage.rowsToday;
}

function codesOf(outcomes: readonly PromiseSettledResult<unknown>[]): unknown[] {
  return outcomes.flatMap((one) =>
    one.status === 'rejected' ? [(one.reason as { code?: unknown }).code] : [],
  );
}

test('of 100 triggers at once from two processes the plan admits its 37', async () => {
  const other = await openControlDatabase({ databaseUrl: server.url, dataDir: '' });
  after(() => other.close());
  const elsewhere = new PostgresRunStore(other, {
    clock,
    nextId: createUuidV7({ clock }),
    readPlans,
  });
  const scope = tenantScope('crowd');
  await tenants.createTenant({ tenantId: 'crowd', plan: 'tiny' });
  const tries = Array.from({ length: 100 }, (_, nr) =>
    (nr % 2 ? runs : elsewhere).admitRun(scope, REQUEST),
  );
  const codes = codesOf(await Promise.allSettled(tries));
  assert.deepEqual(codes, Array(63).fill('quota_exceeded'));
  assert.equal((await quotas.readUsage(scope)).usage.runsToday, 37);
  const { runs: made } = await runs.listRuns(scope, { limit: 200 });
  assert.equal(made.length, 37);
});

test('a tenant has no more runs at once than its plan says', async () => {
  assert.equal((await claimsOf('parallel', 5)).length, 3);
});

test('loads are counted once, whoever says it how often, and never beyond the plan', async () => {
  const claims = await claimsOf('loads', 3);
  const count = (nr: number) => {
    const claim = claims[nr % 3] as Claim;
    const loadId = `${claim.rootRunId}/step/${Math.floor(nr / 6)}`;
    return quota.countLoad(claim, loadId, { rows: 70, bytes: 7 });
  };
  // 30 loads of 70 rows, each said twice: 14 fit into 1,000 rows.
  const codes = codesOf(await Promise.allSettled(Array.from({ length: 60 }, (_, nr) => count(nr))));
  assert.ok(codes.every((code) => code === 'quota_exceeded'));
  const { usage } = await quotas.readUsage({ tenantId: 'loads' });
  assert.deepEqual([usage.rowsToday, usage.bytesToday], [14 * 70, 14 * 7]);
});

test('a load that was not published is taken back, and its room is free again', async () => {
  const [claim] = (await claimsOf('undone', 1)) as [Claim];
  await quota.countLoad(claim, 'a', { rows: 1_000, bytes: 1 });
  await assert.rejects(quota.checkLeft(claim), { code: 'quota_exceeded' });
  await assert.rejects(runs.admitRun({ tenantId: 'undone' }, REQUEST), { code: 'quota_exceeded' });
  await quota.countLoad(claim, 'a', { rows: 0, bytes: 0 });
  assert.equal(await rowsToday('undone'), 0);
  await quota.checkLeft(claim);
  await quota.countLoad(claim, 'b', { rows: 1_000, bytes: 1 });
});

test('a worker whose lease was taken counts nothing', async () => {
  const [claim] = (await claimsOf('zombie', 1)) as [Claim];
  await queue.releaseRun(claim);
  const [newer] = (await queue.claimRuns('other', { limit: 100, leaseMs: 60_000 })).filter(
    ({ tenantId }) => tenantId === 'zombie',
  );
  assert.ok(newer);
  const lost = quota.countLoad(claim, 'a', { rows: 5, bytes: 1 });
  await assert.rejects(lost, { code: 'lease_lost' });
  await quota.countLoad(newer, 'a', { rows: 3, bytes: 1 });
  assert.equal(await rowsToday('zombie'), 3);
});

test('a restart counts the loads of its chain once', async () => {
  const [claim] = (await claimsOf('chain', 1)) as [Claim];
  await quota.countLoad(claim, 'a', { rows: 5, bytes: 1 });
  await queue.finishRun(claim, 'FAILED', { code: 'x', kind: 'input', message: 'no' });
  await runs.restartRun({ tenantId: 'chain' }, claim.run.runId, { by: 'kim' });
  const [again] = (await queue.claimRuns('worker', { limit: 100, leaseMs: 60_000 })).filter(
    ({ tenantId }) => tenantId === 'chain',
  );
  assert.ok(again);
  await quota.countLoad(again, 'a', { rows: 6, bytes: 1 });
  assert.equal(await rowsToday('chain'), 6);
});

test('the number of sources is noted, and too many of them are refused', async () => {
  const [claim] = (await claimsOf('sources', 1)) as [Claim];
  await quota.checkSources(claim, 2);
  await assert.rejects(quota.checkSources(claim, 3), {
    code: 'quota_exceeded',
    message: 'The plan allows 2 sources, and there are 3.',
  });
  assert.equal((await quotas.readUsage({ tenantId: 'sources' })).sources, 3);
});
