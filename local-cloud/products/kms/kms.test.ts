import { KeyManagementServiceClient } from '@google-cloud/kms';
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { CloudRig, grpcOptions, hasCode } from '../../control-plane/cloud-rig.fake.ts';
import { startLocalCloud } from '../../control-plane/start-local-cloud.ts';
import { checksum } from './checksum.ts';

let rig: CloudRig;
let kms: KeyManagementServiceClient;

before(async () => {
  rig = await CloudRig.start();
  kms = new KeyManagementServiceClient(grpcOptions(rig.cloud.endpoints.grpc));
  await kms.createKeyRing({ parent: PARENT, keyRingId: 'ring', keyRing: {} });
});
after(async () => {
  await kms.close();
  await rig.end();
});

const PARENT = 'projects/local/locations/europe-west1';
const RING = `${PARENT}/keyRings/ring`;
const INVALID = 3;
const ABSENT = 5;
const EXISTS = 6;
const PRECONDITION = 9;
const UNIMPLEMENTED = 12;
const PLAINTEXT = Buffer.from('a data key of 32 bytes, more or less');
const AAD = Buffer.from('tenant/größe');

async function createKey(cryptoKeyId: string, more: object = {}): Promise<string> {
  const cryptoKey = { purpose: 'ENCRYPT_DECRYPT', ...more } as const;
  return (await kms.createCryptoKey({ parent: RING, cryptoKeyId, cryptoKey }))[0].name ?? '';
}

const sum = (content: Uint8Array) => ({ value: checksum(content) });

async function encrypt(name: string): Promise<Buffer> {
  const [answer] = await kms.encrypt({
    name,
    plaintext: PLAINTEXT,
    plaintextCrc32c: sum(PLAINTEXT),
    additionalAuthenticatedData: AAD,
    additionalAuthenticatedDataCrc32c: sum(AAD),
  });
  const ciphertext = answer.ciphertext as Buffer;
  assert.deepEqual(
    [answer.verifiedPlaintextCrc32c, answer.verifiedAdditionalAuthenticatedDataCrc32c],
    [true, true],
  );
  assert.equal(answer.ciphertextCrc32c?.value, checksum(ciphertext));
  return ciphertext;
}

async function decrypt(name: string, ciphertext: Uint8Array, aad = AAD) {
  const additionalAuthenticatedData = aad;
  const [answer] = await kms.decrypt({ name, ciphertext, additionalAuthenticatedData });
  assert.equal(answer.plaintextCrc32c?.value, checksum(answer.plaintext as Buffer));
  return [String(answer.plaintext), answer.usedPrimary];
}

test('encrypts under the primary version, and decrypts what any version of the key made', async () => {
  const key = await createKey('roundtrip');
  const first = await encrypt(key);
  assert.ok(!first.includes(PLAINTEXT));
  assert.notDeepEqual(await encrypt(key), first);
  assert.deepEqual(await decrypt(key, first), [String(PLAINTEXT), true]);
  const [{ name: second }] = await kms.createCryptoKeyVersion({
    parent: key,
    cryptoKeyVersion: {},
  });
  assert.equal(second, `${key}/cryptoKeyVersions/2`);
  const [{ primary }] = await kms.updateCryptoKeyPrimaryVersion({
    name: key,
    cryptoKeyVersionId: '2',
  });
  assert.equal(primary?.name, second);
  assert.deepEqual(await decrypt(key, first), [String(PLAINTEXT), false]);
  assert.deepEqual(await decrypt(key, await encrypt(second ?? '')), [String(PLAINTEXT), true]);
  const [versions] = await kms.listCryptoKeyVersions({ parent: key });
  assert.deepEqual(
    versions.map(({ name, state }) => [name, state]),
    [1, 2].map((number) => [`${key}/cryptoKeyVersions/${number}`, 'ENABLED']),
  );
});

test('another key, other associated data or damage: refused in the words of the service', async () => {
  const key = await createKey('damage');
  const other = await createKey('other');
  const ciphertext = await encrypt(key);
  const invalid = hasCode(INVALID, /Decryption failed: the ciphertext is invalid\.$/);
  const wrongKey = /Decryption failed: verify that 'name' refers to the correct CryptoKey\.$/;
  await assert.rejects(decrypt(other, ciphertext), hasCode(INVALID, wrongKey));
  await assert.rejects(decrypt(key, ciphertext, Buffer.from('else')), invalid);
  await assert.rejects(decrypt(key, ciphertext.with(40, 255 - (ciphertext[40] ?? 0))), invalid);
  await assert.rejects(decrypt(key, ciphertext.subarray(0, 30)), invalid);
  await assert.rejects(decrypt(key, Buffer.from('short')), hasCode(INVALID, wrongKey));
  await assert.rejects(
    kms.decrypt({ name: key, ciphertext, ciphertextCrc32c: { value: 1 } }),
    hasCode(INVALID, /checksum in field ciphertext_crc32c did not match the data/),
  );
  await assert.rejects(
    kms.encrypt({ name: key, plaintext: PLAINTEXT, plaintextCrc32c: { value: 1 } }),
    hasCode(INVALID, /checksum in field plaintext_crc32c did not match the data/),
  );
  await assert.rejects(
    kms.encrypt({ name: key, plaintext: Buffer.alloc(65_537) }),
    hasCode(INVALID, /65537 bytes: expected at most 65536/),
  );
});

test('a version that is disabled or to be destroyed does nothing until it is back', async () => {
  const key = await createKey('states');
  const ciphertext = await encrypt(key);
  const name = `${key}/cryptoKeyVersions/1`;
  const setState = (state: 'ENABLED' | 'DISABLED') =>
    kms.updateCryptoKeyVersion({
      cryptoKeyVersion: { name, state },
      updateMask: { paths: ['state'] },
    });
  const isNotEnabled = (state: string) =>
    hasCode(PRECONDITION, new RegExp(`${name} is not enabled, current state is: ${state}\\.$`));
  await setState('DISABLED');
  await assert.rejects(encrypt(key), isNotEnabled('DISABLED'));
  await assert.rejects(decrypt(key, ciphertext), isNotEnabled('DISABLED'));
  await setState('ENABLED');
  const [scheduled] = await kms.destroyCryptoKeyVersion({ name });
  const days = (Number(scheduled.destroyTime?.seconds) - Date.now() / 1000) / 86_400;
  assert.equal(Math.round(days), 30);
  await assert.rejects(decrypt(key, ciphertext), isNotEnabled('DESTROY_SCHEDULED'));
  await assert.rejects(setState('ENABLED'), hasCode(PRECONDITION, /DESTROY_SCHEDULED/));
  assert.equal((await kms.restoreCryptoKeyVersion({ name }))[0].state, 'DISABLED');
  await setState('ENABLED');
  assert.deepEqual(await decrypt(key, ciphertext), [String(PLAINTEXT), true]);
});

test('what cannot be is refused', async () => {
  const key = await createKey('strict');
  await assert.rejects(createKey('strict'), hasCode(EXISTS, /CryptoKey .*\/strict already exists/));
  await assert.rejects(createKey('a.b'), hasCode(INVALID, /crypto_key_id: 'a\.b'/));
  await assert.rejects(
    kms.createKeyRing({ parent: PARENT, keyRingId: 'ring', keyRing: {} }),
    hasCode(EXISTS, /KeyRing .*\/ring already exists/),
  );
  await assert.rejects(
    kms.getCryptoKey({ name: `${RING}/cryptoKeys/none` }),
    hasCode(ABSENT, /CryptoKey .*\/none not found\.$/),
  );
  await assert.rejects(
    createKey('sign', { purpose: 'ASYMMETRIC_SIGN' }),
    hasCode(UNIMPLEMENTED, /does not model keys for ASYMMETRIC_SIGN/),
  );
  const rotationPeriod = { seconds: 90 * 86_400 };
  await assert.rejects(
    createKey('rotating', { rotationPeriod }),
    hasCode(INVALID, /next_rotation_time must be set/),
  );
  const nextRotationTime = { seconds: Math.floor(Date.now() / 1000) + 86_400 };
  const [rotating] = await kms.updateCryptoKey({
    cryptoKey: { name: key, rotationPeriod, nextRotationTime },
    updateMask: { paths: ['rotation_period', 'next_rotation_time'] },
  });
  assert.equal(Number(rotating.rotationPeriod?.seconds), 90 * 86_400);
});

test('keys are there after a restart', async () => {
  const key = await createKey('lasting');
  const ciphertext = await encrypt(key);
  await rig.cloud.close();
  rig.cloud = await startLocalCloud({ home: rig.home });
  assert.deepEqual(await decrypt(key, ciphertext), [String(PLAINTEXT), true]);
  const [keys] = await kms.listCryptoKeys({ parent: RING });
  assert.ok(keys.some(({ name, primary }) => name === key && primary?.name?.endsWith('/1')));
});
