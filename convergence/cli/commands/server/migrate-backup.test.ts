import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import type { Out } from 'base/terminal/out.ts';
import { createStyle } from 'base/terminal/style.ts';
import { sql } from 'kysely';
import { openControlDatabase } from '../../../adapters/postgres/open-control-database.ts';
import { PostgresRunStore } from '../../../adapters/postgres/run/store/run-store.ts';
import { PostgresTenantStore } from '../../../adapters/postgres/tenant/tenant-store.ts';
import { describeSchema } from '../../../db/describe-schema.ts';
import { upgradeDatabase } from '../../../db/migrate.ts';
import { systemClock } from 'base/clock.ts';
import { createUuidV7 } from 'base/id.ts';
import { openTestDatabase } from '../../../testing/postgres.ts';
import { runCli } from '../../run-cli.ts';

const folder = mkdtempSync(join(tmpdir(), 'convergence-backup-'));
const closing: (() => unknown)[] = [() => rmSync(folder, { recursive: true })];
after(async () => {
  for (const close of closing) await close();
});

type Place = Readonly<Record<'DATA_DIR' | 'DATABASE_URL', string>>;
let places = 0;

async function newPlace(kind: string): Promise<Place> {
  const DATA_DIR = join(folder, `data-${++places}`);
  mkdirSync(DATA_DIR);
  if (kind === 'embedded') return { DATA_DIR, DATABASE_URL: '' };
  const server = await openTestDatabase();
  closing.push(() => server.drop());
  return { DATA_DIR, DATABASE_URL: server.url };
}

function open({ DATA_DIR: dataDir, DATABASE_URL: databaseUrl }: Place) {
  return openControlDatabase({ dataDir, ...(databaseUrl && { databaseUrl }) });
}

/** Two tenants with runs, behind row-level security. */
async function fill(place: Place): Promise<void> {
  const database = await open(place);
  await upgradeDatabase(database);
  const deps = { clock: systemClock, nextId: createUuidV7({ clock: systemClock }) };
  const runs = new PostgresRunStore(database, deps);
  const tenants = new PostgresTenantStore(database, deps);
  for (const tenantId of ['acme_corp', 'globex']) {
    await tenants.createTenant({ tenantId });
    const request = { pipelineId: 'p', triggerBy: 'é\n"x"', parameters: { day: 1 } };
    for (let nr = 0; nr < 3; nr++) await runs.admitRun({ tenantId }, request);
  }
  await database.close();
}

/** Every row of every table, the sequences, and how all of it is declared. */
async function contentOf(place: Place): Promise<unknown> {
  const database = await open(place);
  const content = await database.withOperator(async (db) => {
    const named = await sql<{ name: string }>`
      SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables
      WHERE schemaname IN ('tenants', 'convergence') ORDER BY 1`.execute(db);
    const tables: Record<string, unknown> = {};
    for (const { name } of named.rows) {
      const { rows } = await sql`
        SELECT to_jsonb(t) AS row FROM ${sql.raw(name)} t ORDER BY to_jsonb(t)::text`.execute(db);
      tables[name] = rows;
    }
    const sequences = await sql`SELECT schemaname, sequencename, last_value FROM pg_sequences
      WHERE schemaname IN ('tenants', 'convergence') ORDER BY 1, 2`.execute(db);
    return { tables, sequences: sequences.rows, schema: await describeSchema(db) };
  });
  await database.close();
  return content;
}

async function call(place: Place, ...args: string[]) {
  const told = { stdout: '', stderr: '' };
  const openOut = (isJson: boolean): Out => ({
    isJson,
    isLive: false,
    width: Infinity,
    height: 24,
    style: createStyle(false),
    line: (text = '') => void (told.stdout += `${text}\n`),
    json: () => {},
    note: (text) => void (told.stderr += `${text}\n`),
    raw: () => assert.fail('nothing is drawn over'),
  });
  const code = await runCli(args, { env: place, openOut, errorStyle: createStyle(false) });
  return { code, ...told };
}

for (const kind of ['served', 'embedded']) {
  describe(`a backup of a database that is ${kind}`, () => {
    test('is restored to another, which then is the same in every row', async () => {
      const [from, to] = [await newPlace(kind), await newPlace(kind)];
      await fill(from);
      const file = join(folder, `${kind}.backup`);
      const made = await call(from, 'migrate', 'backup', file);
      assert.deepEqual([made.code, made.stderr], [0, '']);
      assert.ok(made.stdout.startsWith(`wrote ${file} (`));
      assert.equal(statSync(file).mode & 0o777, 0o600);
      assert.equal((await call(from, 'migrate', 'backup', file)).code, 2, 'it replaces no file');

      const restored = await call(to, 'migrate', 'restore', file);
      assert.deepEqual(restored, { code: 0, stdout: `restored ${file}\n`, stderr: '' });
      const expected = await contentOf(from);
      assert.deepEqual(await contentOf(to), expected);

      const refused = await call(to, 'migrate', 'restore', file);
      assert.deepEqual([refused.code, /\[database_not_empty\]/.test(refused.stderr)], [5, true]);
      const broken = join(folder, `${kind}-broken.backup`);
      writeFileSync(broken, readFileSync(file).subarray(0, statSync(file).size * 0.6));
      const failed = await call(to, 'migrate', 'restore', broken, '--replace');
      assert.match(failed.stderr, /\[backup_(?:invalid|failed)\]\nhint: Nothing was changed\./);
      assert.deepEqual(await contentOf(to), expected, 'a broken backup changes nothing');

      await addTenant(to);
      const again = await call(to, 'migrate', 'restore', file, '--replace');
      assert.deepEqual([again.code, again.stderr], [0, '']);
      assert.deepEqual(await contentOf(to), expected);
    });
  });
}

async function addTenant(place: Place): Promise<void> {
  const database = await open(place);
  await new PostgresTenantStore(database, { clock: systemClock }).createTenant({
    tenantId: 'late',
  });
  await database.close();
}

test('migrate validate tells what it tried', async () => {
  const place = await newPlace('served');
  const { code, stdout, stderr } = await call(place, 'migrate', 'validate');
  assert.equal(stdout, 'ok    checksums\nok    order\nok    dry run\nok    down and up again\n');
  assert.deepEqual([code, stderr], [0, '']);
});
