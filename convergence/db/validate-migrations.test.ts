import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { sql } from 'kysely';
import type { ControlDatabase } from '../adapters/postgres/control-database.ts';
import { openControlDatabase } from '../adapters/postgres/open-control-database.ts';
import { openTestDatabase } from '../testing/postgres.ts';
import { describeSchema } from './describe-schema.ts';
import { upgradeDatabase } from './migrate.ts';
import { parseMigration, readMigrations } from './read-migrations.ts';
import type { Migration } from './read-migrations.ts';
import { validateMigrations } from './validate-migrations.ts';

const MIGRATIONS = readMigrations();

async function openServed(): Promise<ControlDatabase> {
  const server = await openTestDatabase();
  const database = await openControlDatabase({ databaseUrl: server.url, dataDir: '' });
  after(() => database.close().then(() => server.drop()));
  return database;
}

async function validate(database: ControlDatabase, migrations: readonly Migration[]) {
  const scratch = await openServed();
  const findings = await validateMigrations({ database, scratch, migrations });
  return Object.fromEntries(findings.map(({ name, problems }) => [name, problems]));
}

const migration = (name: string, up: string, down: string) =>
  parseMigration(name, `-- migrate:up\n${up};\n\n-- migrate:down\n${down};\n`);

test('the migrations of this version fit, before and after they are applied', async () => {
  const database = await openServed();
  const fits = { checksums: [], order: [], 'dry run': [], 'down and up again': [] };
  assert.deepEqual(await validate(database, MIGRATIONS), fits);
  const tables = await database.withOperator((db) => describeSchema(db));
  assert.deepEqual(tables, [], 'a dry run leaves nothing');
  await upgradeDatabase(database, MIGRATIONS);
  assert.deepEqual(await validate(database, MIGRATIONS), fits);
});

test('each promise can be broken, and is told by the name of the migration', async () => {
  const database = await openServed();
  const one = migration('0001-one', 'CREATE SCHEMA tenants', 'DROP SCHEMA tenants');
  const three = migration('0003-three', 'CREATE TABLE tenants.t (n int)', 'DROP TABLE tenants.t');
  await upgradeDatabase(database, [one, three]);
  await database.withOperator((db) => sql`INSERT INTO tenants.t VALUES (1), (1)`.execute(db));
  const two = migration('0002-two', 'SELECT 1', 'SELECT 1');
  const unique = migration(
    '0004-unique',
    'CREATE UNIQUE INDEX t_n ON tenants.t (n);\n\nALTER TABLE tenants.t ADD COLUMN m int',
    'DROP INDEX tenants.t_n',
  );
  const found = await validate(database, [one, two, three, unique]);
  assert.match(String(found['dry run']), /could not create unique index "t_n"/);
  assert.deepEqual(
    { ...found, 'dry run': [] },
    {
      checksums: [],
      order: ['0002-two is missing, although 0003-three is applied'],
      'dry run': [],
      'down and up again': [
        '0004-unique undone leaves column tenants.t m',
        ...(found['down and up again']?.slice(1) ?? []),
      ],
    },
  );
  const changed = await validate(database, [{ ...one, checksum: 'other' }]);
  assert.deepEqual(changed.checksums, [
    '0001-one was changed after it was applied',
    '0003-three is applied, and this version does not know it',
  ]);
  assert.match(String(changed['dry run']), /0001-one was changed after it was applied/);
});
