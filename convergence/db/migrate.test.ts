import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { sql } from 'kysely';
import type { ControlDatabase } from '../adapters/postgres/control-database.ts';
import { openControlDatabase } from '../adapters/postgres/open-control-database.ts';
import { openTestDatabase } from '../testing/postgres.ts';
import { describeSchema } from './describe-schema.ts';
import {
  downgradeDatabase,
  readMigrationHistory,
  readMigrationStatus,
  upgradeDatabase,
} from './migrate.ts';
import { parseMigration, readMigrations } from './read-migrations.ts';

const TABLES = [
  'tenant_api_keys',
  'tenant_cloud_credentials',
  'tenant_dq_results',
  'tenant_pipeline_configs',
  'tenant_pipeline_execution_queue',
  'tenant_pipeline_runs',
  'tenant_profiles',
  'tenant_scheduled_pipeline_runs',
  'tenant_step_logs',
  'tenant_subscriptions',
  'tenant_usage_quotas',
];
const HISTORY = 'convergence.migration_history';
const NAMES = readMigrations().map(({ name }) => name);
const EXTRA = parseMigration(
  '9999-extra',
  '-- migrate:up\nCREATE TABLE convergence.extra (id int);\n\n-- migrate:down\nDROP TABLE convergence.extra;\n',
);

async function openServed(): Promise<ControlDatabase> {
  const server = await openTestDatabase();
  const database = await openControlDatabase({ databaseUrl: server.url, dataDir: '' });
  after(() => database.close().then(() => server.drop()));
  return database;
}

async function openEmbedded(): Promise<ControlDatabase> {
  const dataDir = mkdtempSync(join(tmpdir(), 'convergence-migrate-'));
  const database = await openControlDatabase({ dataDir });
  after(() => database.close().then(() => rmSync(dataDir, { recursive: true })));
  return database;
}

const schemaOf = (database: ControlDatabase) => database.withOperator(describeSchema);

async function empty(opening: Promise<ControlDatabase>): Promise<ControlDatabase> {
  const database = await opening;
  await database.withOperator((db) =>
    sql`DROP SCHEMA IF EXISTS tenants, convergence CASCADE`.execute(db),
  );
  return database;
}

const served = openServed();
const embedded = openEmbedded();

for (const [name, opening] of [
  ['PostgreSQL', served],
  ['PGlite', embedded],
] as const) {
  const open = () => empty(opening);
  describe(`migrations on ${name}`, () => {
    test('up makes the eleven tables, down leaves nothing, and up again is the same', async () => {
      const database = await open();
      assert.deepEqual(await upgradeDatabase(database), NAMES);
      assert.deepEqual(await upgradeDatabase(database), []);
      const { rows } = await database.withOperator((db) =>
        sql<{ tablename: string }>`SELECT tablename FROM pg_tables
          WHERE schemaname = 'tenants' ORDER BY tablename`.execute(db),
      );
      assert.deepEqual(
        rows.map(({ tablename }) => tablename),
        TABLES,
      );
      const first = await schemaOf(database);
      assert.deepEqual(await downgradeDatabase(database, 99), NAMES.toReversed());
      const left = (await schemaOf(database)) as readonly { of: string }[];
      assert.deepEqual([...new Set(left.map((item) => item.of))], [HISTORY]);
      await upgradeDatabase(database);
      assert.deepEqual(await schemaOf(database), first);
      const history = await readMigrationHistory(database);
      const directions = history.map((event) => `${event.direction} ${event.name}`);
      const up = NAMES.map((name) => `up ${name}`);
      const down = NAMES.map((name) => `down ${name}`).toReversed();
      assert.deepEqual(directions, [...up, ...down, ...up]);
    });

    test('three that migrate at once apply each migration once', async () => {
      const database = await open();
      const applied = await Promise.all([1, 2, 3].map(() => upgradeDatabase(database)));
      assert.deepEqual(applied.flat(), NAMES);
      assert.equal((await readMigrationHistory(database)).length, NAMES.length);
    });

    test('a changed and an unknown migration are conflicts', async () => {
      const database = await open();
      const migrations = [...readMigrations(), EXTRA];
      assert.deepEqual(await upgradeDatabase(database, migrations), [...NAMES, EXTRA.name]);
      const conflict = { code: 'migration_conflict', details: { migration: EXTRA.name } };
      const changed = [...readMigrations(), { ...EXTRA, checksum: 'other' }];
      await assert.rejects(upgradeDatabase(database, changed), conflict);
      await assert.rejects(readMigrationStatus(database), conflict);
      assert.deepEqual(await downgradeDatabase(database, 1, migrations), [EXTRA.name]);
      const status = await readMigrationStatus(database, migrations);
      assert.deepEqual(
        status.map((state) => [state.name, state.appliedAt !== null]),
        [...NAMES.map((known) => [known, true]), [EXTRA.name, false]],
      );
    });

    test('a migration that fails leaves nothing behind', async () => {
      const database = await open();
      const broken = { ...EXTRA, up: [...EXTRA.up, 'SELECT nothing_of_that_name'] };
      await assert.rejects(upgradeDatabase(database, [broken]), /nothing_of_that_name/);
      assert.deepEqual(await schemaOf(database), []);
    });
  });
}
