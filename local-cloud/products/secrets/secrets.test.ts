import { SecretManagerServiceClient } from '@google-cloud/secret-manager';
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { CloudRig, grpcOptions, hasCode } from '../../control-plane/cloud-rig.fake.ts';
import { startLocalCloud } from '../../control-plane/start-local-cloud.ts';
import { projectNumber } from '../identity/project-number.ts';
import { checksum } from '../kms/checksum.ts';

let rig: CloudRig;
let client: SecretManagerServiceClient;

before(async () => {
  rig = await CloudRig.start();
  client = new SecretManagerServiceClient(grpcOptions(rig.cloud.endpoints.grpc));
});
after(async () => {
  await client.close();
  await rig.end();
});

const PROJECT = 'projects/local';
const NUMBERED = `projects/${projectNumber('local')}`;
const INVALID = 3;
const ABSENT = 5;
const EXISTS = 6;
const PRECONDITION = 9;
const UNIMPLEMENTED = 12;

async function create(secretId: string): Promise<string> {
  const secret = { replication: { automatic: {} } };
  const [{ name }] = await client.createSecret({ parent: PROJECT, secretId, secret });
  return name ?? '';
}

async function add(parent: string, text: string): Promise<string> {
  const data = Buffer.from(text);
  const payload = { data, dataCrc32c: checksum(data) };
  return (await client.addSecretVersion({ parent, payload }))[0].name ?? '';
}

async function read(name: string): Promise<string> {
  const [{ payload }] = await client.accessSecretVersion({ name });
  const data = payload?.data as Uint8Array;
  assert.equal(String(payload?.dataCrc32c), checksum(data));
  return Buffer.from(data).toString();
}

test('a secret has numbered versions, `latest` and aliases, under the number of its project', async () => {
  const secret = await create('token');
  assert.equal(secret, `${NUMBERED}/secrets/token`);
  await assert.rejects(
    read(`${PROJECT}/secrets/token/versions/latest`),
    hasCode(ABSENT, /Secret \[.*\/token\] not found or has no versions\.$/),
  );
  assert.equal(await add(secret, 'one'), `${secret}/versions/1`);
  await add(`${PROJECT}/secrets/token`, 'two ü');
  assert.equal(await read(`${PROJECT}/secrets/token/versions/latest`), 'two ü');
  assert.equal(await read(`${secret}/versions/1`), 'one');
  const [changed] = await client.updateSecret({
    secret: { name: secret, versionAliases: { stable: 1 } },
    updateMask: { paths: ['version_aliases'] },
  });
  assert.deepEqual(changed.versionAliases, { stable: '1' });
  assert.equal(await read(`${secret}/versions/stable`), 'one');
  const [versions] = await client.listSecretVersions({ parent: secret });
  assert.deepEqual(
    versions.map(({ name, state, replicationStatus }) => [name, state, replicationStatus]),
    [2, 1].map((number) => [
      `${secret}/versions/${number}`,
      'ENABLED',
      { automatic: { customerManagedEncryption: null }, replicationStatus: 'automatic' },
    ]),
  );
});

test('a version that is disabled or destroyed is not given, also as the latest', async () => {
  const secret = await create('states');
  const first = await add(secret, 'one');
  const name = await add(secret, 'two');
  const latest = `${secret}/versions/latest`;
  await client.disableSecretVersion({ name });
  await assert.rejects(
    read(latest),
    hasCode(PRECONDITION, /Secret Version \[.*\/versions\/2\] is in DISABLED state\.$/),
  );
  await client.enableSecretVersion({ name: latest });
  assert.equal(await read(latest), 'two');
  const [destroyed] = await client.destroySecretVersion({ name });
  assert.equal(destroyed.state, 'DESTROYED');
  for (const call of [
    () => read(name),
    () => client.enableSecretVersion({ name }),
    () => client.destroySecretVersion({ name }),
  ]) {
    await assert.rejects(call, hasCode(PRECONDITION, /is in DESTROYED state\.$/));
  }
  assert.equal(await read(first), 'one');
  assert.equal(await add(secret, 'three'), `${secret}/versions/3`);
  const filter = 'state:ENABLED';
  const [enabled] = await client.listSecretVersions({ parent: secret, filter });
  assert.deepEqual(
    enabled.map((version) => version.name),
    [`${secret}/versions/3`, first],
  );
});

test('etags of secrets and of versions keep writers apart', async () => {
  const secret = await create('etags');
  const [{ etag }] = await client.getSecret({ name: secret });
  const name = await add(secret, 'one');
  const write = (sent: string | null | undefined, team: string) =>
    client.updateSecret({
      secret: { name: secret, etag: sent, labels: { team } },
      updateMask: { paths: ['labels'] },
    });
  const [written] = await write(etag, 'a');
  assert.deepEqual(written.labels, { team: 'a' });
  await assert.rejects(write(etag, 'b'), hasCode(PRECONDITION, /does not match the current etag/));
  const [version] = await client.getSecretVersion({ name });
  await client.enableSecretVersion({ name });
  await assert.rejects(
    client.disableSecretVersion({ name, etag: version.etag }),
    hasCode(PRECONDITION, /does not match the current etag/),
  );
  await assert.rejects(
    client.deleteSecret({ name: secret, etag: etag ?? '' }),
    hasCode(PRECONDITION, /etag/),
  );
  await client.deleteSecret({ name: secret, etag: written.etag ?? '' });
  await assert.rejects(client.getSecret({ name: secret }), hasCode(ABSENT, /not found\.$/));
  const again = await create('etags');
  assert.deepEqual((await client.listSecretVersions({ parent: again }))[0], []);
});

test('what cannot be is refused in the words of the service', async () => {
  const secret = await create('strict');
  await assert.rejects(
    create('strict'),
    hasCode(EXISTS, /Secret \[.*\/strict\] already exists\.$/),
  );
  await assert.rejects(create('a.b'), hasCode(INVALID, /Secret ID \[a\.b\] does not match/));
  await assert.rejects(
    client.createSecret({ parent: PROJECT, secretId: 'bare', secret: {} }),
    hasCode(INVALID, /secret\.replication/),
  );
  const topics = [{ name: 'projects/local/topics/t' }];
  await assert.rejects(
    client.createSecret({ parent: PROJECT, secretId: 'x', secret: { topics } }),
    hasCode(UNIMPLEMENTED, /topics/),
  );
  for (const [payload, words] of [
    [{ data: Buffer.alloc(0) }, /cannot be empty/],
    [{ data: Buffer.alloc(65_537) }, /too large/],
    [{ data: Buffer.from('a'), dataCrc32c: 1 }, /data_crc32c did not match/],
  ] as const) {
    await assert.rejects(
      client.addSecretVersion({ parent: secret, payload }),
      hasCode(INVALID, words),
    );
  }
  await add(secret, 'x'.repeat(65_536));
  await assert.rejects(
    client.updateSecret({
      secret: { name: secret, versionAliases: { gone: 9 } },
      updateMask: { paths: ['version_aliases'] },
    }),
    hasCode(INVALID, /version 9, which is absent/),
  );
});

test('policies are kept with etags, and other writers are told', async () => {
  const resource = await create('shared');
  const [unset] = await client.getIamPolicy({ resource });
  assert.equal(Buffer.from(unset.etag as Uint8Array).toString('base64'), 'ACAB');
  const role = 'roles/secretmanager.secretAccessor';
  const bindings = [{ role, members: ['user:a@example.com'] }];
  const [policy] = await client.setIamPolicy({ resource, policy: { ...unset, bindings } });
  assert.deepEqual(policy.bindings?.[0]?.members, ['user:a@example.com']);
  await assert.rejects(
    client.setIamPolicy({ resource, policy: { ...unset, bindings } }),
    hasCode(10, /concurrent policy changes/),
  );
  await assert.rejects(
    client.setIamPolicy({ resource, policy: { bindings: [{ role, members: ['a@b.c'] }] } }),
    hasCode(INVALID, /The member a@b\.c is of an unknown type/),
  );
});

test('secrets are there after a restart, by REST too; faults meet their methods', async () => {
  const secret = await create('lasting');
  await add(secret, 'still here');
  await rig.cloud.close();
  rig.cloud = await startLocalCloud({ home: rig.home });
  const { rest } = rig.cloud.endpoints;
  const path = `${rest}/v1/${PROJECT}/secrets/lasting/versions/latest:access`;
  const answer = (await (await fetch(path)).json()) as { payload: { data: string } };
  assert.equal(Buffer.from(answer.payload.data, 'base64').toString(), 'still here');
  await rig.addFault({ kind: 'status', method: 'AccessSecretVersion', times: 1 });
  assert.equal((await fetch(path)).status, 503);
  assert.equal((await fetch(path)).status, 200);
});
