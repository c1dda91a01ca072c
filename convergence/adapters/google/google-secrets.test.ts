import { SecretManagerServiceClient } from '@google-cloud/secret-manager';
import { credentials } from '@grpc/grpc-js';
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { FakeClock } from 'base/clock.fake.ts';
import { tenantScope } from '../../engine/tenant/tenant-scope.ts';
import { startLocalCloud } from '../../testing/local-cloud-process.ts';
import type { LocalCloudProcess } from '../../testing/local-cloud-process.ts';
import { GoogleSecrets } from './google-secrets.ts';

const acme = tenantScope('acme');
const acmeCorp = tenantScope('acme_corp');
const globex = tenantScope('globex');
const TENANTS = new Set(['acme', 'acme_corp', 'globex']);
const clock = new FakeClock({ now: '2026-03-01T00:00:00.000Z' });

let cloud: LocalCloudProcess;
let google: SecretManagerServiceClient;

before(async () => {
  cloud = await startLocalCloud();
  const { hostname, port } = new URL(`http://${cloud.grpc}`);
  google = new SecretManagerServiceClient({
    apiEndpoint: hostname,
    port: Number(port),
    sslCreds: credentials.createInsecure(),
    clientOptions: { universeDomain: 'googleapis.com' },
  });
});
after(async () => {
  await google.close();
  await cloud.close();
});

function open(): GoogleSecrets {
  const isTenant = async (id: string) => TENANTS.has(id);
  const openClient = async () => google;
  return new GoogleSecrets({ projectId: 'platform', openClient, clock, isTenant });
}

async function put(id: string, text: string, labels: Record<string, string> = {}): Promise<string> {
  const parent = 'projects/platform';
  const secret = { replication: { automatic: {} }, labels };
  await google.createSecret({ parent, secretId: id, secret });
  return await add(id, text);
}

async function add(id: string, text: string): Promise<string> {
  const parent = `projects/platform/secrets/${id}`;
  const payload = { data: Buffer.from(text) };
  return (await google.addSecretVersion({ parent, payload }))[0].name ?? '';
}

test('a secret of a tenant is the latest version of TENANT_NAME, without its last line break', async () => {
  await put('acme_token', 'hunter2 ü\n');
  await put('globex_token', 'theirs');
  const secrets = open();
  assert.equal(await secrets.readSecret(acme, 'token'), 'hunter2 ü');
  assert.deepEqual(await secrets.listSecrets(acme), ['token']);
  assert.equal(await secrets.readSecret(globex, 'token'), 'theirs');
  for (const name of ['absent', 'a.b', '../globex_token', '']) {
    await assert.rejects(secrets.readSecret(acme, name), {
      code: 'secret_absent',
      message: `there is no secret '${name}'`,
    });
  }
});

test('an id that could be of two tenants belongs to the one in its label, or to nobody', async () => {
  await put('acme_corp_key', 'whose?');
  await put('acme_corp_pass', 'of corp', { tenant: 'acme_corp' });
  const secrets = open();
  for (const [scope, name] of [
    [acme, 'corp_key'],
    [acmeCorp, 'key'],
    [acme, 'corp_pass'],
  ] as const) {
    await assert.rejects(secrets.readSecret(scope, name), { code: 'secret_absent' });
  }
  assert.equal(await secrets.readSecret(acmeCorp, 'pass'), 'of corp');
  assert.deepEqual(await secrets.listSecrets(acmeCorp), ['pass']);
});

test('a value is asked for again after five minutes, a name after half a minute', async () => {
  await put('globex_cached', 'one');
  const secrets = open();
  assert.equal(await secrets.readSecret(globex, 'cached'), 'one');
  await add('globex_cached', 'two');
  await put('globex_new', 'new');
  assert.equal(await secrets.readSecret(globex, 'cached'), 'one');
  await assert.rejects(secrets.readSecret(globex, 'new'), { code: 'secret_absent' });
  await clock.advance(30_000);
  assert.equal(await secrets.readSecret(globex, 'new'), 'new');
  assert.equal(await secrets.readSecret(globex, 'cached'), 'one');
  await clock.advance(270_000);
  assert.equal(await secrets.readSecret(globex, 'cached'), 'two');
});

test('a secret without a value that can be used says so', async () => {
  const name = await put('acme_off', 'x');
  await google.disableSecretVersion({ name });
  const parent = 'projects/platform';
  const secret = { replication: { automatic: {} } };
  await google.createSecret({ parent, secretId: 'acme_empty', secret });
  const secrets = open();
  await assert.rejects(secrets.readSecret(acme, 'off'), {
    code: 'secret_absent',
    message: "secret 'off' cannot be used: its latest version is not enabled",
  });
  await assert.rejects(secrets.readSecret(acme, 'empty'), {
    code: 'secret_absent',
    message: "secret 'empty' cannot be used: it has no version",
  });
});

test('trouble is told apart, tried again where that helps, and not remembered', async () => {
  await put('acme_trouble', 'hunter2');
  for (const method of ['ListSecrets', 'AccessSecretVersion']) {
    const secrets = open();
    const read = async (code: string) => {
      await cloud.addFault({ kind: 'status', method, code, times: 1 });
      return await secrets.readSecret(acme, 'trouble');
    };
    await assert.rejects(read('PERMISSION_DENIED'), {
      code: 'google_denied',
      hint: /roles\/secretmanager\.secretAccessor/,
    });
    await assert.rejects(read('INTERNAL'), { code: 'secrets_unavailable' });
    assert.equal(await read('UNAVAILABLE'), 'hunter2');
  }
});
