import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { FakeClock } from 'base/clock.fake.ts';
import { createKeyFile } from '../../../adapters/kms/key-file.ts';
import { callCliIn } from '../../../cli/cli-in-process.fake.ts';
import { tenantScope } from '../../../engine/tenant/tenant-scope.ts';
import { openTestDatabase } from '../../../testing/postgres.ts';
import { startLocalCloud } from '../../../testing/local-cloud-process.ts';
import type { LocalCloudProcess } from '../../../testing/local-cloud-process.ts';
import { openTestApi } from '../../api/test-api.fake.ts';
import { createKmsProbe } from './kms-probe.ts';

const KEY = 'projects/acme/locations/europe-west1/keyRings/convergence/cryptoKeys/credentials';
const version = (number: number): string => `${KEY}/cryptoKeyVersions/${number}`;

let cloud: LocalCloudProcess;
let folder = '';
let env: Record<string, string> = {};

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'google-kms-'));
  cloud = await startLocalCloud();
  env = {
    DATA_DIR: folder,
    GCP_PROJECT_ID: 'acme',
    GCP_KMS_KEY_NAME: KEY,
    GCP_REST_ENDPOINT: cloud.rest,
    GCP_GRPC_ENDPOINT: cloud.grpc,
  };
});
after(async () => {
  await cloud.close();
  await rm(folder, { recursive: true });
});

async function setUp(...flags: string[]) {
  const { code, stdout, stderr } = await callCliIn(env, 'setup-kms', '--json', ...flags);
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout) as Record<string, unknown>;
}

test('setup-kms shows the commands of gcloud, makes the key once, and says what is there', async () => {
  const absent = await callCliIn(env, 'doctor');
  assert.match(absent.stdout, /CryptoKey \S+ not found.*setup-kms/s);
  const { stdout } = await callCliIn(env, 'setup-kms', '--dry-run');
  const where = '--location=europe-west1 --project=acme';
  const [ring, key] = stdout.split('\n');
  assert.equal(ring, `gcloud kms keyrings create convergence ${where}`);
  assert.match(
    key ?? '',
    /^gcloud kms keys create credentials --keyring=convergence --purpose=encryption --rotation-period=90d --next-rotation-time=\S+Z --location=europe-west1 --project=acme$/,
  );
  const rest = { key: KEY, dry_run: false, versions: 1, rewrap: null, commands: [] };
  assert.deepEqual(await setUp(), { ...rest, done: 'created', newest: version(1) });
  assert.deepEqual(await setUp(), { ...rest, done: 'nothing', newest: version(1) });
  assert.match((await callCliIn(env, 'doctor')).stdout, /at Google, the newest is \S+\/1/);
});

test('values move from the file to the key, and to its next version, while they are in use', async () => {
  const database = await openTestDatabase();
  const file = join(folder, 'keys');
  await createKeyFile(file, new Date());
  const settings = { ...env, GCP_KMS_KEY_NAME: '', DATABASE_URL: database.url };
  const onFile = await openTestApi({ ...settings, KMS_KEY_FILE: file });
  const key = await onFile.onboard('acme_corp');
  const put = { key, body: { value: 'hunter2' } };
  assert.equal((await onFile.call('PUT /api/v1/credentials/token', put)).status, 201);
  await onFile.close();

  const onBoth = await openTestApi({ ...settings, KMS_KEY_FILE: file, GCP_KMS_KEY_NAME: KEY });
  const rewrap = 'POST /api/v1/admin/master-keys/rewrap';
  assert.deepEqual((await onBoth.admin(rewrap)).body, { rewrapped: 2, refused: [] });
  await onBoth.close();

  const api = await openTestApi({ ...settings, GCP_KMS_KEY_NAME: KEY });
  const acme = tenantScope('acme_corp');
  assert.equal(await api.deps.secrets.readSecret(acme, 'token'), 'hunter2');
  assert.equal((await api.call('GET /api/v1/tenants/me', { key })).status, 200);
  assert.equal((await setUp('--rotate')).newest, version(2));
  assert.deepEqual((await api.admin(rewrap)).body, { rewrapped: 2, refused: [] });
  const { body } = await api.admin('GET /api/v1/admin/master-keys');
  const keys = body.master_keys as { version: string; is_newest: boolean; values: number }[];
  assert.deepEqual(
    keys.map((one) => [one.version, one.is_newest, one.values]),
    [
      [version(1), false, 0],
      [version(2), true, 2],
    ],
  );
  assert.equal(await api.deps.secrets.readSecret(acme, 'token'), 'hunter2');

  const { body: health } = await api.admin('GET /health/detailed');
  const dependencies = health.dependencies as { name: string; ok: boolean }[];
  const probed = dependencies.map(({ name, ok }) => [name, ok]);
  assert.deepEqual(probed.at(-1), ['kms', true]);
  assert.deepEqual((await api.call('GET /health/ready')).body, { status: 'ready', failing: [] });
  await api.close();
  await database.drop();
});

test('who asks for the health again and again asks the KMS once in ten seconds', async () => {
  const clock = new FakeClock({ now: '2026-03-01T00:00:00.000Z' });
  let [asked, isAway] = [0, true];
  const listVersions = async () => {
    asked++;
    if (isAway) throw new Error('away');
    return [];
  };
  const probe = createKmsProbe({ listVersions }, clock);
  for (const _ of [1, 2, 3]) await assert.rejects(probe.check(), /away/);
  isAway = false;
  await clock.advance(10_000);
  await probe.check();
  await probe.check();
  assert.equal(asked, 2);
});
