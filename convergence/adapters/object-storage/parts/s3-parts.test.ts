import { after } from 'node:test';
import { CreateBucketCommand } from '@aws-sdk/client-s3';
import { partStoreConformance } from '../../../engine/flow/extract/parts/part-store.conformance.ts';
import { startS3Server } from '../../../testing/s3-server.ts';
import { LocalPartStore } from '../../files/part-store.ts';
import { openS3Client } from '../s3/s3-client.ts';
import { S3Store } from '../s3/s3-store.ts';
import { BucketPartStore } from './bucket-part-store.ts';

const server = await startS3Server();
after(() => server.close());
const options = { credentials: server.credentials, allowPrivateAddresses: true };
const client = await openS3Client(options);
await client.send(new CreateBucketCommand({ Bucket: 'parts' }));
client.destroy();

const store = new S3Store(options);
let places = 0;
partStoreConformance('parts in S3', async (dataDir) => {
  const location = `s3://parts/${(places += 1)}`;
  return new BucketPartStore({ local: new LocalPartStore(dataDir), store, location });
});
