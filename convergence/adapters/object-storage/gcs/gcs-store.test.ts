import { after } from 'node:test';
import { Storage } from '@google-cloud/storage';
import { PassThroughClient } from 'google-auth-library';
import { objectStoreConformance } from '../../../engine/flow/extract/object/object-store.conformance.ts';
import { startLocalCloud } from '../../../testing/local-cloud-process.ts';
import { GcsStore } from './gcs-store.ts';

const cloud = await startLocalCloud();
after(() => cloud.close());

const options = {
  projectId: 'p',
  apiEndpoint: cloud.rest,
  authClient: new PassThroughClient(),
};
const store = new GcsStore(async () => options);

objectStoreConformance('Cloud Storage', async () => {
  await new Storage(options).bucket('conformance').create();
  return { store, bucket: 'gs://conformance' };
});
