import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { sql } from 'kysely';
import { FakeClock } from 'base/clock.fake.ts';
import { systemClock } from 'base/clock.ts';
import { upgradeDatabase } from '../../../../db/migrate.ts';
import { tenantScope } from '../../../../engine/tenant/tenant-scope.ts';
import { openTestDatabase } from '../../../../testing/postgres.ts';
import { openControlDatabase } from '../../open-control-database.ts';
import { PostgresAdminKeyStore } from './admin-key-store.ts';
import { PostgresKeyStore } from './key-store.ts';
import { PostgresTenantStore } from '../tenant-store.ts';

const HOUR_MS = 3_600_000;
const clock = new FakeClock({ now: '2026-03-31T22:30:00.000Z' });
const pepper = 'pepper of the test';
const deps = { clock, pepper, monotonicMs: () => clock.now().getTime() };
const server = await openTestDatabase();
const database = await openControlDatabase({ databaseUrl: server.url, dataDir: '' });
after(() => database.close().then(() => server.drop()));
await upgradeDatabase(database);
const scope = tenantScope('keys');
await new PostgresTenantStore(database, { clock }).createTenant({ tenantId: 'keys' });
const refusal = { code: 'key_invalid', message: 'The API key is unknown, expired or revoked.' };
const later = (ms: number) => new Date(clock.now().getTime() + ms);

test('keys are stored as hashes, and unknown, expired and revoked ones fail alike', async () => {
  const keys = new PostgresKeyStore(database, deps);
  const elsewhere = new PostgresKeyStore(database, deps);
  const made = await keys.createKey(scope, { description: 'one' });
  const brief = await keys.createKey(scope, { description: 'brief', expiresAt: later(10_000) });
  assert.match(made.key, /^cvg_[\w-]{43}$/);
  assert.match(made.record.keyHash, /^[0-9a-f]{64}$/);
  assert.deepEqual(made.record.scopes, ['run', 'read', 'configure']);
  for (const store of [keys, elsewhere]) {
    assert.equal((await store.authenticate(made.key)).tenantId, 'keys');
    assert.equal((await store.authenticate(brief.key)).tenantId, 'keys');
  }
  assert.deepEqual((await keys.listKeys('keys'))[0]?.lastUsedAt, clock.now());

  await keys.revokeKey(made.record.keyHash);
  await assert.rejects(keys.authenticate(made.key), refusal);
  await clock.advance(800);
  await assert.rejects(elsewhere.authenticate(made.key), refusal);
  assert.equal((await keys.authenticate(brief.key)).description, 'brief');
  await clock.advance(10_000);
  await assert.rejects(keys.authenticate(brief.key), refusal);
  await assert.rejects(keys.authenticate('cvg_unknown'), refusal);
  const otherPepper = new PostgresKeyStore(database, { ...deps, pepper: 'other' });
  await assert.rejects(otherPepper.authenticate(brief.key), refusal);
  await assert.rejects(keys.revokeKey('0'.repeat(64)), { code: 'key_absent' });
  const nobody = keys.createKey(tenantScope('nobody'), { description: '' });
  await assert.rejects(nobody, { code: 'tenant_absent' });
});

test('use is written at most once a minute', async () => {
  const keys = new PostgresKeyStore(database, deps);
  const { key, record } = await keys.createKey(scope, { description: 'busy' });
  const readUse = async () => (await keys.getKey(record.keyHash)).lastUsedAt;
  const first = clock.now();
  for (let second = 0; second < 59; second += 20) {
    await keys.authenticate(key);
    assert.deepEqual(await readUse(), first);
    await clock.advance(20_000);
  }
  await keys.authenticate(key);
  assert.deepEqual(await readUse(), clock.now());
});

test('a clock that is set back keeps no revoked key alive', async () => {
  let monotonicMs = 0;
  const stale = new PostgresKeyStore(database, { ...deps, monotonicMs: () => monotonicMs });
  const { key, record } = await stale.createKey(scope, { description: 'set back' });
  await stale.authenticate(key);
  await new PostgresKeyStore(database, deps).revokeKey(record.keyHash);
  monotonicMs = 800;
  await assert.rejects(stale.authenticate(key), refusal);
});

test('rotation hands on scopes and lifetime; the old key ends after the overlap', async () => {
  const keys = new PostgresKeyStore(database, deps);
  const wanted = { description: 'ci', scopes: ['read'], expiresAt: later(10 * HOUR_MS) } as const;
  const old = await keys.createKey(scope, wanted);
  await clock.advance(HOUR_MS);
  const rotation = { overlapMs: 2 * HOUR_MS, createdBy: 'anna' };
  const next = await keys.rotateKey(old.record.keyHash, rotation);
  const { keyHash, prefix } = next.record;
  assert.deepEqual(next.record, {
    keyHash,
    prefix,
    ...wanted,
    tenantId: 'keys',
    expiresAt: later(10 * HOUR_MS),
    createdAt: clock.now(),
    createdBy: 'anna',
    lastUsedAt: null,
    revokedAt: null,
    replacedBy: null,
  });
  const replaced = await keys.getKey(old.record.keyHash);
  assert.deepEqual([replaced.expiresAt, replaced.replacedBy], [later(2 * HOUR_MS), keyHash]);
  await clock.advance(2 * HOUR_MS - 1);
  await keys.authenticate(old.key);
  await clock.advance(1);
  await assert.rejects(keys.authenticate(old.key), refusal);
  await keys.authenticate(next.key);

  const again = keys.rotateKey(old.record.keyHash, rotation);
  await assert.rejects(again, { code: 'key_ended', details: { replacedBy: keyHash } });
  await keys.revokeKey(keyHash);
  await assert.rejects(keys.rotateKey(keyHash, rotation), { code: 'key_ended' });
  await assert.rejects(keys.rotateKey('0'.repeat(64), rotation), { code: 'key_absent' });
});

test('an overlap never prolongs a key, and of two rotations at once one wins', async () => {
  const keys = new PostgresKeyStore(database, deps);
  const end = later(HOUR_MS);
  const { record } = await keys.createKey(scope, { description: 'short', expiresAt: end });
  const rotate = () => keys.rotateKey(record.keyHash, { overlapMs: 9 * HOUR_MS, createdBy: 'a' });
  const outcomes = await Promise.allSettled([rotate(), rotate()]);
  assert.deepEqual(outcomes.map(({ status }) => status).toSorted(), ['fulfilled', 'rejected']);
  assert.deepEqual((await keys.getKey(record.keyHash)).expiresAt, end);
});

test('the last admin key without an end stays, also when two are revoked at once', async () => {
  const keys = new PostgresAdminKeyStore(database, deps);
  const make = (name: string, expiresAt?: Date) =>
    keys.createKey({ name, createdBy: 'admin', ...(expiresAt && { expiresAt }) });
  const brief = await make('brief', later(HOUR_MS));
  const [one, two] = [await make('one'), await make('two')];
  const revoke = ({ record }: typeof one, keepOne = true) =>
    keys.revokeKey(record.keyHash, { keepOne });
  const outcomes = await Promise.allSettled([revoke(one), revoke(two)]);
  const refused = outcomes.flatMap((outcome) =>
    outcome.status === 'rejected' ? [(outcome.reason as { code: string }).code] : [],
  );
  assert.deepEqual(refused, ['admin_key_last']);
  const left = outcomes[0]?.status === 'rejected' ? one : two;
  const name = (await keys.authenticate(left.key))?.name;
  assert.equal(name, left.record.name);
  await revoke(brief);
  assert.equal(await keys.authenticate(brief.key), null);
  await revoke(left, false);
  assert.equal(await keys.authenticate(left.key), null);
  await assert.rejects(revoke({ ...left, record: { ...left.record, keyHash: 'no' } }, false), {
    code: 'key_absent',
  });
});

/** Another process with a pool and a cache of its own. */
function startKeyProcess() {
  const script = fileURLToPath(new URL('key-process.fake.ts', import.meta.url));
  const child = spawn(process.execPath, [script, server.url, pepper], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    ask: async (key: string): Promise<string> => {
      child.stdin.write(`${key}\n`);
      const { done, value } = await lines.next();
      assert.ok(!done, 'the other process has ended');
      return value;
    },
    end: async () => {
      child.stdin.end();
      if (child.exitCode === null) await once(child, 'exit');
    },
  };
}

test('another process refuses a revoked key within a second, also when its connections are cut', async () => {
  const keys = new PostgresKeyStore(database, { clock: systemClock, pepper });
  const others = [startKeyProcess(), startKeyProcess()] as const;
  const [plain, cut] = others;
  after(() => Promise.all(others.map((other) => other.end())));
  const { key, record } = await keys.createKey(scope, { description: 'leaked' });
  assert.deepEqual(await Promise.all(others.map(({ ask }) => ask(key))), ['opens', 'opens']);

  await keys.revokeKey(record.keyHash);
  const revokedAtMs = performance.now();
  const cutConnections = () =>
    database.withOperator((db) =>
      sql`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid()`.execute(db),
    );
  const untilRefused = async (
    ask: (key: string) => Promise<string>,
    beforeEach?: () => unknown,
  ) => {
    for (let openedMs = 0; ;) {
      await beforeEach?.();
      const askedMs = performance.now();
      if ((await ask(key)) === 'key_invalid') return openedMs;
      openedMs = askedMs - revokedAtMs;
    }
  };
  const opened = await Promise.all([
    untilRefused(plain.ask),
    untilRefused(cut.ask, cutConnections),
  ]);
  assert.ok(
    opened.every((openedMs) => openedMs < 1_000),
    `a revoked key still opened after ${opened.join(' and ')} ms`,
  );
});
