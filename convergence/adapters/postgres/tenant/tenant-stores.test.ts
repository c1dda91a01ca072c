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
import { PostgresKeyStore } from './key/key-store.ts';
import { PostgresTenantStore } from './tenant-store.ts';

const clock = new FakeClock({ now: '2026-03-31T22:30:00.000Z' });
const pepper = 'pepper of the test';
const server = await openTestDatabase();
const database = await openControlDatabase({ databaseUrl: server.url, dataDir: '' });
after(() => database.close().then(() => server.drop()));
await upgradeDatabase(database);
const tenants = new PostgresTenantStore(database, { clock });

test('creating a tenant twice is the same, unless a value differs', async () => {
  const wanted = { tenantId: 'acme', timeZone: 'Europe/Berlin', plan: 'scale' } as const;
  const first = await tenants.createTenant(wanted);
  const profile = {
    ...wanted,
    displayName: 'acme',
    status: 'active',
    googleServiceAccount: null,
    createdAt: clock.now(),
  } as const;
  assert.deepEqual(first, { profile, created: true });
  assert.deepEqual(await tenants.createTenant(wanted), { profile, created: false });
  const other = tenants.createTenant({ ...wanted, plan: 'starter' });
  await assert.rejects(other, { code: 'tenant_exists' });
  const nowhere = tenants.createTenant({ tenantId: 'mars', timeZone: 'Mars/Base' });
  await assert.rejects(nowhere, { code: 'request_invalid' });
});

test('a deleted tenant leaves no row in any table', async () => {
  const scope = tenantScope('gone');
  await tenants.createTenant({ tenantId: 'gone' });
  await new PostgresKeyStore(database, { clock, pepper }).createKey(scope, { description: '' });
  const runs = new PostgresRunStore(database, { clock, nextId: createUuidV7({ clock }) });
  await runs.admitRun(scope, { pipelineId: 'p', triggerBy: 't', parameters: {} });
  await tenants.deleteTenant('gone');
  await assert.rejects(tenants.getTenant('gone'), { code: 'tenant_absent' });
  await assert.rejects(tenants.deleteTenant('gone'), { code: 'tenant_absent' });
  assert.deepEqual(await rowsOfTenant('gone'), []);
});

/** Names of the tables that hold rows of the tenant. */
async function rowsOfTenant(tenantId: string): Promise<string[]> {
  return await database.withOperator(async (db) => {
    const { rows } = await sql<{ name: string }>`
      SELECT table_schema || '.' || table_name AS name FROM information_schema.columns
      WHERE column_name = 'tenant_id' AND table_schema IN ('tenants', 'convergence')`.execute(db);
    assert.ok(rows.length >= 12);
    const found: string[] = [];
    for (const { name } of rows) {
      const { rows: some } = await sql`SELECT FROM ${sql.table(name)}
        WHERE tenant_id = ${tenantId} LIMIT 1`.execute(db);
      if (some.length > 0) found.push(name);
    }
    return found;
  });
}

test('row-level security hides other tenants from a statement without WHERE', async () => {
  for (const tenantId of ['left', 'right']) await tenants.createTenant({ tenantId });
  const names = await database.withTenant(tenantScope('left'), async (db) => {
    const { rows } = await sql<{ tenant_id: string }>`
      SELECT tenant_id FROM tenants.tenant_profiles`.execute(db);
    return rows.map((row) => row.tenant_id);
  });
  assert.deepEqual(names, ['left']);
  const stolen = database.withTenant(tenantScope('left'), (db) =>
    sql`UPDATE tenants.tenant_profiles SET tenant_id = 'stolen'`.execute(db),
  );
  await assert.rejects(stolen, /row-level security/);
});
