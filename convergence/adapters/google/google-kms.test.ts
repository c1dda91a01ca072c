import { KeyManagementServiceClient } from '@google-cloud/kms';
import { credentials } from '@grpc/grpc-js';
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { kmsConformance } from '../../engine/tenant/kms/kms.conformance.ts';
import { startLocalCloud } from '../../testing/local-cloud-process.ts';
import type { LocalCloudProcess } from '../../testing/local-cloud-process.ts';
import { GoogleKms } from './google-kms.ts';
import { createGoogleKey, rotateGoogleKey } from './google-key.ts';

const RING = 'projects/acme/locations/europe-west1/keyRings/convergence';
const DATA_KEY = new Uint8Array(32).fill(7);
const now = () => new Date();

let cloud: LocalCloudProcess;
let options: ConstructorParameters<typeof KeyManagementServiceClient>[0] & object;
let google: KeyManagementServiceClient;
let count = 0;
const opened: GoogleKms[] = [];

before(async () => {
  cloud = await startLocalCloud();
  const { hostname, port } = new URL(`http://${cloud.grpc}`);
  const sslCreds = credentials.createInsecure() as never;
  const clientOptions = { universeDomain: 'googleapis.com' };
  options = { apiEndpoint: hostname, port: Number(port), sslCreds, clientOptions };
  google = new KeyManagementServiceClient(options);
});
after(async () => {
  await google.close();
  await Promise.all(opened.map((kms) => kms.close()));
  await cloud.close();
});

async function newKey(): Promise<string> {
  const name = `${RING}/cryptoKeys/key-${++count}`;
  await createGoogleKey(name, { client: google, now: now() });
  return name;
}

async function open(name: string): Promise<GoogleKms> {
  const kms = await GoogleKms.open(name, options);
  opened.push(kms);
  return kms;
}

kmsConformance('Google Cloud KMS', async () => {
  const name = await newKey();
  const [kms, other] = [await open(name), await open(name)];
  return { kms, other, rotate: () => rotateGoogleKey(name, google) };
});

test('a key is made once, encrypts, and rotates by itself every 90 days', async () => {
  const name = `${RING}/cryptoKeys/made`;
  assert.equal(await createGoogleKey(name, { client: google, now: now() }), true);
  assert.equal(await createGoogleKey(name, { client: google, now: now() }), false);
  const [key] = await google.getCryptoKey({ name });
  assert.deepEqual([key.purpose, key.rotationPeriod?.seconds], ['ENCRYPT_DECRYPT', '7776000']);
  const days = (Number(key.nextRotationTime?.seconds) * 1000 - Date.now()) / 86_400_000;
  assert.equal(Math.round(days), 90);
  const [version] = await (await open(name)).listVersions();
  assert.equal(version?.version, `${name}/cryptoKeyVersions/1`);
});

test('a key that is not there or has nothing enabled is told to the operator', async () => {
  const absent = `${RING}/cryptoKeys/none`;
  await assert.rejects(GoogleKms.open(absent, options), {
    code: 'kms_invalid',
    message: `The key ${absent} cannot be used: CryptoKey ${absent} not found.`,
    hint: 'Make it with `convergence setup-kms`, or correct GCP_KMS_KEY_NAME.',
  });
  const name = await newKey();
  await setState(name, 'DISABLED');
  await assert.rejects(GoogleKms.open(name, options), {
    code: 'kms_invalid',
    message: `${name} has no primary version that is enabled.`,
  });
});

test('what is under a disabled version is refused until it is enabled again', async () => {
  const name = await newKey();
  const kms = await open(name);
  const wrapped = await kms.encrypt(DATA_KEY, 'a');
  await setState(name, 'DISABLED');
  await assert.rejects(kms.decrypt(wrapped, 'a'), {
    code: 'kms_refused',
    message: 'a is under a version of the master key that is disabled.',
  });
  await assert.rejects(kms.encrypt(DATA_KEY, 'a'), { code: 'kms_unavailable' });
  await setState(name, 'ENABLED');
  assert.deepEqual(new Uint8Array(await kms.decrypt(wrapped, 'a')), DATA_KEY);
});

test('a version that is not primary encrypts nothing, and is not the newest', async () => {
  const name = await newKey();
  const kms = await open(name);
  await google.createCryptoKeyVersion({ parent: name, cryptoKeyVersion: {} });
  const versions = (await kms.listVersions()).map(({ version }) => version);
  assert.deepEqual(
    versions,
    [2, 1].map((number) => `${name}/cryptoKeyVersions/${number}`),
  );
});

test('a KMS that stumbles is asked again; one that denies or stays away is unavailable', async () => {
  const name = await newKey();
  const kms = await open(name);
  await cloud.addFault({ kind: 'status', method: 'Encrypt', times: 2 });
  const wrapped = await kms.encrypt(DATA_KEY, 'a');
  for (const code of ['PERMISSION_DENIED', 'RESOURCE_EXHAUSTED', 'INTERNAL']) {
    await cloud.addFault({ kind: 'status', method: 'Decrypt', code, times: 1 });
    await assert.rejects(kms.decrypt(wrapped, 'a'), (error: Error & { code: string }) => {
      assert.equal(error.code, 'kms_unavailable');
      assert.ok(!error.message.includes('acme'), 'tenants learn nothing of the key');
      return true;
    });
  }
  await cloud.addFault({
    kind: 'status',
    method: 'GetCryptoKey',
    code: 'PERMISSION_DENIED',
    times: 1,
  });
  await assert.rejects(GoogleKms.open(name, options), {
    code: 'kms_invalid',
    hint: /roles\/cloudkms\.cryptoKeyEncrypterDecrypter and roles\/cloudkms\.viewer/,
  });
});

async function setState(key: string, state: 'ENABLED' | 'DISABLED'): Promise<void> {
  const name = `${key}/cryptoKeyVersions/1`;
  const updateMask = { paths: ['state'] };
  await google.updateCryptoKeyVersion({ cryptoKeyVersion: { name, state }, updateMask });
}
