import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { CreateBucketCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { Storage } from '@google-cloud/storage';
import { openS3Client } from '../../adapters/object-storage/s3/s3-client.ts';
import { objectSourceSpec } from '../../engine/pipeline/spec/file-source-spec.ts';
import { tenantScope } from '../../engine/tenant/tenant-scope.ts';
import { startLocalCloud } from '../../testing/local-cloud-process.ts';
import { startS3Server } from '../../testing/s3-server.ts';
import { readSettings } from '../settings/settings.ts';
import { openObjectSource } from './wire.ts';

const [cloud, s3] = await Promise.all([startLocalCloud(), startS3Server()]);
after(() => Promise.all([cloud.close(), s3.close()]));
const folder = await mkdtemp(join(tmpdir(), 'object-wire-'));
after(() => rm(folder, { recursive: true }));

const bucket = new Storage({ projectId: 'p', apiEndpoint: cloud.rest }).bucket('landing');
await bucket.create();
for (const key of ['acme/a.csv', 'acme_corp/a.csv']) {
  await bucket.file(key).save(`${key}\n`, { resumable: false });
}
const client = await openS3Client({ credentials: s3.credentials, allowPrivateAddresses: true });
await client.send(new CreateBucketCommand({ Bucket: 'theirs' }));
await client.send(new PutObjectCommand({ Bucket: 'theirs', Key: 'a.csv', Body: 'of s3\n' }));
client.destroy();

/** The first line of what a source of `acme` reads. */
async function read(path: string, { credentials = {}, env = {} } = {}): Promise<string> {
  const settings = readSettings({
    GCP_PROJECT_ID: 'p',
    GCP_REST_ENDPOINT: cloud.rest,
    GCP_GRPC_ENDPOINT: cloud.grpc,
    ...env,
  });
  const given = Object.keys(credentials).length === 0 ? {} : { credentials };
  const spec = { type: 'object_storage', ...given, resources: [{ name: 'a', path }] };
  const { parts } = await openObjectSource(settings).extract(tenantScope('acme'), {
    source: objectSourceSpec.parse(spec),
    resource: 'a',
    state: null,
    folder,
    parents: {},
    signal: new AbortController().signal,
    onProgress: () => undefined,
  });
  return (await readFile(parts[0]?.path ?? '', 'utf8')).trim();
}

const key = JSON.stringify({ client_email: 'a@b', private_key: 'k' });

test('with the credentials of the platform a tenant reads where the operator lets it', async () => {
  const env = { OBJECT_ROOTS: 'gs://other, gs://landing/{tenant}' };
  assert.equal(await read('gs://landing/acme/*.csv', { env }), 'acme/a.csv');
  for (const path of [
    'gs://landing/acme_corp/a.csv',
    'gs://landing/*/a.csv',
    'gs://landing/acm*',
  ]) {
    await assert.rejects(read(path, { env }), { code: 'storage_denied' });
  }
  assert.equal(await read('gs://landing/acme_corp/a.csv'), 'acme_corp/a.csv');
});

test('with credentials of its own a tenant reads what they let it', async () => {
  const env = { OBJECT_ROOTS: 'gs://other' };
  const credentials = { service_account_key: key };
  assert.equal(await read('gs://landing/acme/a.csv', { credentials, env }), 'acme/a.csv');
  assert.equal(await read('s3://theirs/*.csv', { credentials: s3.credentials }), 'of s3');
});

test('a key that is none is refused without being shown', async () => {
  for (const text of ['{"client_email": "a@b", "private_key": "secr', '[]', 'null', '{}']) {
    const credentials = { service_account_key: text };
    await assert.rejects(read('gs://landing/a.csv', { credentials }), {
      code: 'storage_denied',
      message: 'service_account_key is no key of a service account',
    });
  }
});

test('an S3 endpoint that is not public is reached only where the operator allows it', async () => {
  const env = { ALLOW_PRIVATE_SOURCES: 'false' };
  const reading = read('s3://theirs/*.csv', { credentials: s3.credentials, env });
  await assert.rejects(reading, { code: 'source_address_forbidden' });
});
