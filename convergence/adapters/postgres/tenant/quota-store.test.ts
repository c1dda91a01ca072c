import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { sql } from 'kysely';
import { FakeClock } from 'base/clock.fake.ts';
import { createUuidV7 } from 'base/id.ts';
import { upgradeDatabase } from '../../../db/migrate.ts';
import { tenantScope } from '../../../engine/tenant/tenant-scope.ts';
import { openTestDatabase } from '../../../testing/postgres.ts';
import { openControlDatabase } from '../open-control-database.ts';
import { PostgresRunStore } from '../run/store/run-store.ts';
import { PostgresQuotaStore } from './quota-store.ts';
import { PostgresTenantStore } from './tenant-store.ts';
import { setUsage } from './usage-row.ts';

const clock = new FakeClock({ now: '2026-03-31T22:30:00.000Z' });
const server = await openTestDatabase();
const database = await openControlDatabase({ databaseUrl: server.url, dataDir: '' });
after(() => database.close().then(() => server.drop()));
await upgradeDatabase(database);
const tenants = new PostgresTenantStore(database, { clock });
const quotas = new PostgresQuotaStore(database, { clock });

const NONE = {
  runsToday: 0,
  runsThisMonth: 0,
  rowsToday: 0,
  rowsThisMonth: 0,
  bytesToday: 0,
  bytesThisMonth: 0,
};
const SOME = {
  runsToday: 1,
  runsThisMonth: 2,
  rowsToday: 3,
  rowsThisMonth: 4,
  bytesToday: 5,
  bytesThisMonth: 6,
};

test('use is counted by the days of the time zone of the tenant', async () => {
  const scope = tenantScope('berlin');
  await tenants.createTenant({ tenantId: 'berlin', timeZone: 'Europe/Berlin' });
  const runs = new PostgresRunStore(database, { clock, nextId: createUuidV7({ clock }) });
  await runs.admitRun(scope, { pipelineId: 'p', triggerBy: 't', parameters: {} });
  const used = {
    tenantId: 'berlin',
    plan: 'starter',
    timeZone: 'Europe/Berlin',
    usage: { ...NONE, day: '2026-04-01', runsToday: 1, runsThisMonth: 1 },
    runningNow: 0,
    sources: 0,
  };
  assert.deepEqual(await quotas.readUsage(scope), used);
  await clock.advance(24 * 3_600_000);
  const usage = { ...used.usage, day: '2026-04-02', runsToday: 0 };
  assert.deepEqual(await quotas.readUsage(scope), { ...used, usage });
  await assert.rejects(quotas.readUsage(tenantScope('nobody')), { code: 'tenant_absent' });
});

test('a reset writes what readers see, once, wherever the tenants are', async () => {
  const places = [
    ['over', 'Europe/Berlin', '2026-04-01'],
    ['month_over', 'UTC', '2026-03-31'],
    ['ahead', 'America/New_York', '2026-04-02'],
    ['same', 'Asia/Tokyo', '2026-04-02'],
  ] as const;
  for (const [tenantId, timeZone, day] of places) {
    await tenants.createTenant({ tenantId, timeZone });
    await database.withOperator((db) =>
      sql`UPDATE tenants.tenant_usage_quotas SET ${setUsage({ ...SOME, day })}
        WHERE tenant_id = ${tenantId}`.execute(db),
    );
  }
  const read = () => Promise.all(places.map(([tenantId]) => quotas.readUsage({ tenantId })));
  const before = await read();
  await quotas.resetDailyUsage();
  const resets = await Promise.all([quotas.resetDailyUsage(), quotas.resetDailyUsage()]);
  assert.deepEqual(resets, [0, 0]);
  assert.deepEqual(await read(), before);
  const ofMonth = { runsThisMonth: 2, rowsThisMonth: 4, bytesThisMonth: 6 };
  assert.deepEqual(
    before.map(({ usage }) => usage),
    [
      { ...NONE, ...ofMonth, day: '2026-04-02' },
      { ...NONE, day: '2026-04-01' },
      { ...SOME, day: '2026-04-02' },
      { ...SOME, day: '2026-04-02' },
    ],
  );
});

test('of two machines that reset at once, each tenant is reset by one', async () => {
  await clock.advance(24 * 3_600_000);
  const resets = await Promise.all(Array.from({ length: 8 }, () => quotas.resetDailyUsage()));
  const { tenants: all } = await tenants.listTenants({ limit: 100 });
  const counted = resets.reduce((sum, count) => sum + count, 0);
  assert.equal(counted, all.length - 1, 'all but the one that is ahead');
});
