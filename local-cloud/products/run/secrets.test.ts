import { SecretManagerServiceClient } from '@google-cloud/secret-manager';
import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import {
  CloudRig,
  grpcOptions,
  hasCode,
  latest,
  PARENT,
  serviceName,
  template,
} from '../../control-plane/cloud-rig.fake.ts';
import { startLocalCloud } from '../../control-plane/start-local-cloud.ts';

let rig: CloudRig;
let secrets: SecretManagerServiceClient;

before(async () => {
  rig = await CloudRig.start();
  secrets = new SecretManagerServiceClient(grpcOptions(rig.cloud.endpoints.grpc));
  await secrets.createSecret({
    parent: 'projects/local',
    secretId: 'greeting',
    secret: { replication: { automatic: {} } },
  });
  await add('hello');
});
after(async () => {
  await secrets.close();
  await rig.end();
});

const SECRET = 'projects/local/secrets/greeting';
const PRECONDITION = 9;

async function add(text: string): Promise<void> {
  await secrets.addSecretVersion({ parent: SECRET, payload: { data: Buffer.from(text) } });
}

/** A revision whose variable GREETING is that secret. */
function withSecret(revision: string, secret: string, version: string) {
  const { containers, ...rest } = template(revision);
  const env = [{ name: 'GREETING', valueSource: { secretKeyRef: { secret, version } } }];
  return { ...rest, containers: containers?.map((container) => ({ ...container, env })) };
}

async function greet(id: string): Promise<string> {
  const { uri } = await rig.get(id);
  const answer = await fetch(uri ?? '');
  return ((await answer.json()) as { GREETING: string }).GREETING;
}

test('a variable has the value of its secret, read when an instance starts', async () => {
  await rig.create('shop', { template: withSecret('shop-one', 'greeting', 'latest') });
  assert.equal(await greet('shop'), 'hello');
  await add('good day');
  assert.equal(await greet('shop'), 'hello', 'an instance that runs keeps what it has');
  const pinned = withSecret('shop-two', SECRET, '1');
  await rig.update('shop', { template: pinned, traffic: [latest] }, ['template', 'traffic']);
  assert.equal(await greet('shop'), 'hello');
  const newest = withSecret('shop-three', SECRET, 'latest');
  await rig.update('shop', { template: newest, traffic: [latest] }, ['template', 'traffic']);
  assert.equal(await greet('shop'), 'good day');
});

test('a secret that is not there or is disabled fails the revision; traffic stays', async () => {
  await rig.create('cart', { template: withSecret('cart-one', 'greeting', '1') });
  const deploy = (revision: string, secret: string, version: string) =>
    rig.update('cart', { template: withSecret(revision, secret, version) }, ['template']);
  const field = String.raw`spec\.template\.spec\.containers\[0\]\.env\[0\]\.value_from\.secret_key_ref\.name`;
  const notReady = (revision: string) =>
    `Revision '${revision}' is not ready and cannot serve traffic\\.`;
  const absent = 'Secret projects/local/secrets/none/versions/latest was not found';
  await assert.rejects(
    deploy('cart-two', 'none', 'latest'),
    hasCode(PRECONDITION, new RegExp(`${notReady('cart-two')} ${field}: ${absent}`)),
  );
  await secrets.disableSecretVersion({ name: `${SECRET}/versions/2` });
  await assert.rejects(
    deploy('cart-three', 'greeting', '2'),
    hasCode(PRECONDITION, /versions\/2\] is in DISABLED state/),
  );
  await secrets.enableSecretVersion({ name: `${SECRET}/versions/2` });
  assert.equal(await greet('cart'), 'hello');
  const { latestReadyRevision } = await rig.get('cart');
  assert.equal(latestReadyRevision, `${serviceName('cart')}/revisions/cart-one`);
});

test('what is served again after a restart has its secrets again', async () => {
  const scaling = { minInstanceCount: 1 };
  const one = { ...withSecret('stay-one', 'greeting', 'latest'), scaling };
  const [operation] = await rig.services.createService({
    parent: PARENT,
    serviceId: 'stay',
    service: { template: one },
  });
  await operation.promise();
  await rig.cloud.close();
  rig.cloud = await startLocalCloud({ home: rig.home });
  assert.equal(await greet('stay'), 'good day');
  const folder = join(rig.home, 'data-plane');
  for (const name of await readdir(folder, { recursive: true })) {
    const text = await readFile(join(folder, name), 'utf8').catch(() => '');
    assert.ok(!text.includes('good day'), `${name} has the value`);
  }
});
