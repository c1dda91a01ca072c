import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { sql } from 'kysely';
import { FakeClock } from 'base/clock.fake.ts';
import { createUuidV7 } from 'base/id.ts';
import { upgradeDatabase } from '../../db/migrate.ts';
import { openTestDatabase } from '../../testing/postgres.ts';
import type { ControlDatabase, Db } from './control-database.ts';
import { openControlDatabase } from './open-control-database.ts';
import { PostgresBackfillStore } from './run/store/backfill-store.ts';
import { PostgresTenantStore } from './tenant/tenant-store.ts';

const server = await openTestDatabase();
const dataDir = mkdtempSync(join(tmpdir(), 'row-security-'));
const databases: Record<string, ControlDatabase> = {
  served: await openControlDatabase({ databaseUrl: server.url, dataDir: '' }),
  embedded: await openControlDatabase({ dataDir }),
};
after(async () => {
  for (const database of Object.values(databases)) await database.close();
  await server.drop();
  rmSync(dataDir, { recursive: true });
});
before(async () => {
  for (const database of Object.values(databases)) await fill(database);
});

/** Two tenants, each with rows in the tables that a run touches. */
async function fill(database: ControlDatabase): Promise<void> {
  await upgradeDatabase(database);
  const clock = new FakeClock();
  const deps = { clock, nextId: createUuidV7({ clock }) };
  for (const tenantId of ['one_co', 'two_co']) {
    await new PostgresTenantStore(database, { clock }).createTenant({ tenantId });
    const request = { pipelineId: 'p', triggerBy: 'test', parameters: {} };
    const intervals = [{ start: '2026-01-01', end: '2026-01-02' }];
    const backfills = new PostgresBackfillStore(database, deps);
    await backfills.startBackfill({ tenantId }, { request, intervals });
  }
}

async function readRows<Row>(db: Db, query: string): Promise<readonly Row[]> {
  return (await sql.raw<Row>(query).execute(db)).rows;
}

/** Each table of both schemas that holds rows of tenants, also those of later migrations. */
const TABLES = `
  SELECT c.oid::regclass::text AS name, c.relrowsecurity AS enabled, c.relforcerowsecurity AS forced,
    (SELECT json_agg(json_build_object('using', pg_get_expr(p.polqual, p.polrelid),
        'check', pg_get_expr(p.polwithcheck, p.polrelid), 'command', p.polcmd,
        'permissive', p.polpermissive, 'everybody', p.polroles = '{0}'))
      FROM pg_policy p WHERE p.polrelid = c.oid) AS policies
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE n.nspname IN ('tenants', 'convergence') AND c.relkind IN ('r', 'p') AND EXISTS (
    SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'tenant_id'
      AND NOT a.attisdropped)
  ORDER BY name`;

interface TableRow {
  readonly name: string;
  readonly enabled: boolean;
  readonly forced: boolean;
  readonly policies: readonly Record<string, unknown>[] | null;
}

for (const name of ['served', 'embedded']) {
  const open = () => databases[name] ?? assert.fail(name);
  const scope = { tenantId: 'one_co' };

  test(`${name}: every table with a tenant_id has the policy, forced and alone`, async () => {
    const tables = await open().withOperator((db) => readRows<TableRow>(db, TABLES));
    assert.ok(tables.length >= 12, `${tables.length} tables`);
    for (const table of tables) {
      const { using, ...rest } = table.policies?.[0] ?? {};
      assert.deepEqual(
        { enabled: table.enabled, forced: table.forced, count: table.policies?.length, ...rest },
        {
          enabled: true,
          forced: true,
          count: 1,
          check: null,
          command: '*',
          permissive: true,
          everybody: true,
        },
        table.name,
      );
      assert.match(
        String(using),
        /current_setting\('convergence\.tenant_id'(?:::text)?, true\).*'\*'.*tenant_id/s,
        table.name,
      );
    }
  });

  test(`${name}: whoever forgets the tenant sees nothing of others, and writes nothing`, async () => {
    const tables = await open().withOperator((db) => readRows<TableRow>(db, TABLES));
    const count = (db: Db, table: string, where = 'true') =>
      readRows<{ n: number }>(db, `SELECT count(*)::integer AS n FROM ${table} WHERE ${where}`);
    let filled = 0;
    for (const { name: table } of tables) {
      const all = await open().withOperator((db) => count(db, table, `tenant_id = 'two_co'`));
      const foreign = await open().withTenant(scope, (db) =>
        count(db, table, `tenant_id <> 'one_co'`),
      );
      const nobody = await open().withTenant({ tenantId: '' }, (db) => count(db, table));
      assert.deepEqual([foreign, nobody], [[{ n: 0 }], [{ n: 0 }]], table);
      if (all[0]?.n) filled++;
      const removed = await open().withTenant(scope, async (db) => {
        const removing = sql.raw(`DELETE FROM ${table} WHERE tenant_id <> 'one_co'`);
        return (await removing.execute(db)).numAffectedRows ?? 0n;
      });
      assert.equal(removed, 0n, table);
    }
    assert.ok(filled >= 6, `only ${filled} tables had rows to hide`);
    const smuggled = open().withTenant(scope, (db) =>
      sql`UPDATE tenants.tenant_pipeline_runs SET tenant_id = 'two_co'`.execute(db),
    );
    await assert.rejects(smuggled, /row-level security/);
  });

  test(`${name}: neither role, view nor function goes round the policies`, async () => {
    const [role] = await open().withOperator((db) =>
      readRows(db, 'SELECT rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user'),
    );
    assert.deepEqual({ ...(role as object) }, { rolsuper: false, rolbypassrls: false });
    const ways = await open().withOperator((db) =>
      readRows(
        db,
        `SELECT c.relname AS name FROM pg_class c
         WHERE c.relnamespace IN ('tenants'::regnamespace, 'convergence'::regnamespace)
           AND c.relkind IN ('v', 'm') AND NOT coalesce('security_invoker=true' = ANY (c.reloptions), false)
         UNION ALL SELECT p.proname FROM pg_proc p
         WHERE p.pronamespace IN ('tenants'::regnamespace, 'convergence'::regnamespace)
           AND p.prosecdef`,
      ),
    );
    assert.deepEqual(ways, []);
  });
}

/** What works over all tenants, and why it has to. A new place needs its reason here. */
const OPERATORS: Readonly<Record<string, string>> = {
  'control-database.ts': 'withTenant is a transaction that is narrowed first',
  'control-load.ts': 'depth of the queues for metrics',
  'event/event-horizon.ts': 'ids of transactions, no rows',
  'event/event-outbox.ts': 'events of any tenant are sent on',
  'event/sink-store.ts': 'the sender looks for sinks of any tenant',
  'run/history/history-feed.ts': 'the history of all tenants goes to the warehouse',
  'run/queue/end-leases.ts': 'the only process of an embedded database starts',
  'run/queue/end-lost-runs.ts': 'runs without a worker, of any tenant',
  'run/queue/queue-control.ts': 'the operator pauses queues',
  'run/queue/run-queue.ts': 'a worker takes runs of any tenant',
  'run/schedule/schedule-store.ts': 'schedules that are due, of any tenant',
  'tenant/key/admin-key-store.ts': 'keys of the operator',
  'tenant/key/key-store.ts': 'the operator revokes a key',
  'tenant/key/key-table.ts': 'a key says whose it is, so it is looked for before that is known',
  'tenant/offboard/leaving-store.ts': 'the operator removes a tenant',
  'tenant/quota-store.ts': 'the day begins for all; the operator lists usage',
  'tenant/sealed/rewrapper.ts': 'a new master key wraps the secrets of all',
  'tenant/sealed/sealed-values.ts': 'secrets of the platform itself, which no tenant has',
  'tenant/stop-runs.ts': 'the operator suspends a tenant',
  'tenant/tenant-store.ts': 'the operator keeps tenants',
};

test('the session of the operator is used where it must be, and nowhere else', () => {
  const files = readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' });
  const found = files
    .filter((file) => file.endsWith('.ts') && !/\.(?:test|fake)\.ts$/.test(file))
    .filter((file) =>
      /\.(?:withOperator|transact)\(/.test(readFileSync(join(import.meta.dirname, file), 'utf8')),
    );
  const byName = (a: string, b: string) => a.localeCompare(b);
  assert.deepEqual(found.toSorted(byName), Object.keys(OPERATORS).toSorted(byName));
});
