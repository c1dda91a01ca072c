import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { CreateBucketCommand, ListMultipartUploadsCommand } from '@aws-sdk/client-s3';
import { objectStoreConformance } from '../../../engine/flow/extract/object/object-store.conformance.ts';
import { startS3Server } from '../../../testing/s3-server.ts';
import { openS3Client } from './s3-client.ts';
import { S3Store } from './s3-store.ts';

const server = await startS3Server();
after(() => server.close());

const { credentials } = server;
const client = await openS3Client({ credentials, allowPrivateAddresses: true });
after(() => client.destroy());
const store = new S3Store({ credentials, allowPrivateAddresses: true });

objectStoreConformance('S3', async () => {
  await client.send(new CreateBucketCommand({ Bucket: 'conformance' }));
  return { store, bucket: 's3://conformance' };
});

test('an upload in parts that is refused leaves none behind', async () => {
  const folder = await mkdtemp(join(tmpdir(), 's3-parts-'));
  const file = join(folder, 'large');
  await writeFile(file, Buffer.alloc(9_000_000, 'a'));
  await client.send(new CreateBucketCommand({ Bucket: 'parts' }));
  await store.put('s3://parts/a', file);
  await writeFile(file, Buffer.alloc(9_000_000, 'b'));
  const again = store.put('s3://parts/a', file, { ifAbsent: true });
  await assert.rejects(again, { code: 'object_exists' });
  const { Uploads } = await client.send(new ListMultipartUploadsCommand({ Bucket: 'parts' }));
  assert.equal(Uploads, undefined);
  await rm(folder, { recursive: true });
});

test('the credentials of the platform are those that AWS finds', async () => {
  Object.assign(process.env, {
    AWS_ACCESS_KEY_ID: credentials.access_key_id,
    AWS_SECRET_ACCESS_KEY: credentials.secret_access_key,
    AWS_REGION: credentials.region,
    AWS_ENDPOINT_URL_S3: credentials.endpoint,
  });
  const ours = new S3Store({ credentials: null, allowPrivateAddresses: true });
  await client.send(new CreateBucketCommand({ Bucket: 'platform' }));
  const put = await ours.put('s3://platform/a', import.meta.filename);
  for await (const { uri, version } of ours.list('s3://platform/')) {
    assert.deepEqual([uri, version], [put.uri, put.version]);
  }
});

test('addresses that are not public are reached only where the operator allows it', async () => {
  for (const endpoint of [credentials.endpoint, 'http://localhost:1', 'http://169.254.169.254']) {
    const theirs = { ...credentials, endpoint: endpoint ?? '' };
    const closed = new S3Store({ credentials: theirs, allowPrivateAddresses: false });
    await assert.rejects(closed.remove('s3://parts/a'), { code: 'source_address_forbidden' });
  }
});
