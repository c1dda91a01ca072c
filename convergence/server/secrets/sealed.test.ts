import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { sql } from 'kysely';
import { FakeClock } from 'base/clock.fake.ts';
import { createKeyFile, rotateKeyFile } from '../../adapters/kms/key-file.ts';
import { KeyFileKms } from '../../adapters/kms/key-file-kms.ts';
import { openControlDatabase } from '../../adapters/postgres/open-control-database.ts';
import { PostgresCredentialStore } from '../../adapters/postgres/tenant/sealed/credential-store.ts';
import { PostgresRewrapper } from '../../adapters/postgres/tenant/sealed/rewrapper.ts';
import { PostgresSealedValues } from '../../adapters/postgres/tenant/sealed/sealed-values.ts';
import { PostgresTenantStore } from '../../adapters/postgres/tenant/tenant-store.ts';
import { upgradeDatabase } from '../../db/migrate.ts';
import { tenantScope } from '../../engine/tenant/tenant-scope.ts';
import { openTestDatabase } from '../../testing/postgres.ts';

const clock = new FakeClock({ now: '2026-03-01T00:00:00.000Z' });
const folder = await mkdtemp(join(tmpdir(), 'sealed-'));
const keyFile = join(folder, 'master-keys');
await createKeyFile(keyFile, clock.now());
const kms = await KeyFileKms.open(keyFile);
const server = await openTestDatabase();
const database = await openControlDatabase({ databaseUrl: server.url, dataDir: '' });
after(async () => {
  await database.close();
  await server.drop();
  await rm(folder, { recursive: true });
});
await upgradeDatabase(database);
const tenants = new PostgresTenantStore(database, { clock });
for (const tenantId of ['acme', 'other']) await tenants.createTenant({ tenantId });
const [acme, other] = [tenantScope('acme'), tenantScope('other')];
const credentials = new PostgresCredentialStore(database, { clock, kms });
const values = new PostgresSealedValues(database, { clock, kms });
const rewrapper = new PostgresRewrapper(database, kms);

test('a credential is stored, replaced, listed without its value, and deleted', async () => {
  const put = (value: string, createdBy: string) =>
    credentials.putCredential(acme, { name: 'token', value, createdBy });
  const first = { name: 'token', createdAt: clock.now(), rotatedAt: null, createdBy: 'anna' };
  assert.deepEqual(await put('hunter2', 'anna'), { record: first, created: true });
  assert.equal(await credentials.readSecret(acme, 'token'), 'hunter2');
  await clock.advance(1_000);
  const next = { ...first, rotatedAt: clock.now(), createdBy: 'admin' };
  assert.deepEqual(await put('hunter3', 'admin'), { record: next, created: false });
  assert.equal(await credentials.readSecret(acme, 'token'), 'hunter3');
  assert.deepEqual(await credentials.listCredentials(acme), [next]);
  assert.deepEqual(await credentials.listSecrets(acme), ['token']);

  await assert.rejects(credentials.readSecret(other, 'token'), { code: 'secret_absent' });
  await assert.rejects(credentials.deleteCredential(other, 'token'), { code: 'credential_absent' });
  await credentials.deleteCredential(acme, 'token');
  await assert.rejects(credentials.readSecret(acme, 'token'), { code: 'secret_absent' });
  const nobody = { name: 'a', value: 'b', createdBy: 'c' };
  const stored = credentials.putCredential(tenantScope('nobody'), nobody);
  await assert.rejects(stored, { code: 'tenant_absent' });
});

test('a row that is moved to another tenant or name cannot be opened there', async () => {
  await credentials.putCredential(acme, { name: 'mine', value: 'hunter2', createdBy: 'a' });
  const move = (change: ReturnType<typeof sql>) =>
    database.withOperator((db) =>
      sql`UPDATE tenants.tenant_cloud_credentials SET ${change} WHERE name LIKE 'mine%'`.execute(
        db,
      ),
    );
  await move(sql`tenant_id = 'other'`);
  await assert.rejects(credentials.readSecret(other, 'mine'), { code: 'kms_refused' });
  await move(sql`tenant_id = 'acme', name = 'mine2'`);
  await assert.rejects(credentials.readSecret(acme, 'mine2'), { code: 'kms_refused' });
  await credentials.deleteCredential(acme, 'mine2');
});

test('of two that keep a value of the platform at once, both get the same', async () => {
  const kept = await Promise.all([values.keep('test', 'one'), values.keep('test', 'two')]);
  assert.equal(kept[0], kept[1]);
  assert.equal(await values.read('test'), kept[0]);
  await values.replace('test', 'three');
  assert.equal(await values.read('test'), 'three');
  assert.equal(await values.read('nothing'), undefined);
});

test('re-wrapping survives kill -9, while values are read and replaced', async () => {
  const names = Array.from({ length: 250 }, (_, index) => `token-${index}`);
  for (const name of names) {
    await credentials.putCredential(acme, { name, value: `value of ${name}`, createdBy: 'a' });
  }
  const newest = await rotateKeyFile(keyFile, clock.now());
  const script = fileURLToPath(new URL('rewrap-process.fake.ts', import.meta.url));
  const child = spawn(process.execPath, [script, server.url, keyFile], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  for (let steps = 0; steps < 20;) {
    const [dots] = (await once(child.stdout, 'data')) as [Buffer];
    steps += dots.length;
  }
  child.kill('SIGKILL');
  await once(child, 'exit');
  const halfway = await rewrapper.countByVersion();
  assert.equal(halfway.size, 2, 'the process was killed in the middle');

  const replaced = { name: 'token-7', value: 'new', createdBy: 'a' };
  const [reports] = await Promise.all([
    Promise.all([rewrapper.rewrapAll(), rewrapper.rewrapAll()]),
    credentials.putCredential(acme, replaced),
    ...names.slice(8).map(async (name) => {
      assert.equal(await credentials.readSecret(acme, name), `value of ${name}`);
    }),
  ]);
  assert.deepEqual(
    reports.map(({ refused }) => refused),
    [[], []],
  );
  assert.deepEqual([...(await rewrapper.countByVersion())], [[newest, names.length + 1]]);
  for (const name of names) {
    const expected = name === replaced.name ? replaced.value : `value of ${name}`;
    assert.equal(await credentials.readSecret(acme, name), expected);
  }
  assert.equal(await values.read('test'), 'three');
  assert.deepEqual(await rewrapper.rewrapAll(), { rewrapped: 0, refused: [] });
});

test('what is under a lost master key is told, and stops nothing else', async () => {
  await credentials.putCredential(other, { name: 'lost', value: 'x', createdBy: 'a' });
  await database.withOperator((db) =>
    sql`UPDATE tenants.tenant_cloud_credentials SET kms_key = 'local/000000000000'
      WHERE name = 'lost'`.execute(db),
  );
  const newest = await rotateKeyFile(keyFile, clock.now());
  const { rewrapped, refused } = await rewrapper.rewrapAll();
  assert.deepEqual([rewrapped, refused], [251, ['convergence/tenant/other/credential/lost']]);
  assert.deepEqual(
    await rewrapper.countByVersion(),
    new Map([
      [newest, 251],
      ['local/000000000000', 1],
    ]),
  );
  await assert.rejects(credentials.readSecret(other, 'lost'), {
    code: 'kms_refused',
    hint: 'Put back the file of master keys that has it.',
  });
  await credentials.putCredential(other, { name: 'lost', value: 'y', createdBy: 'a' });
  assert.equal(await credentials.readSecret(other, 'lost'), 'y');
});
