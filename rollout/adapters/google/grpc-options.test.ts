import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, test } from 'node:test';
import { v2 } from '@google-cloud/run';
import { grpcOptions } from './grpc-options.ts';

const { GOOGLE_APPLICATION_CREDENTIALS: before } = process.env;
afterEach(() => {
  if (before === undefined) delete process.env.GOOGLE_APPLICATION_CREDENTIALS;
  else process.env.GOOGLE_APPLICATION_CREDENTIALS = before;
});

test('local-cloud is asked without TLS and credentials', async () => {
  const options = await grpcOptions('127.0.0.1:8080');
  assert.ok('apiEndpoint' in options);
  const { apiEndpoint, port, clientOptions, sslCreds } = options;
  assert.deepEqual([apiEndpoint, port], ['127.0.0.1', 8080]);
  assert.deepEqual(clientOptions, { universeDomain: 'googleapis.com' });
  assert.equal(sslCreds._isSecure(), false);
});

test('without credentials no client is opened, and it is said how to get some', async () => {
  process.env.GOOGLE_APPLICATION_CREDENTIALS = join(tmpdir(), 'rollout-no-such-key.json');
  await assert.rejects(grpcOptions(null), {
    code: 'platform_denied',
    hint: /gcloud auth application-default login/,
  });
});

test('a client takes the credentials that were found', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'rollout-key-'));
  const file = join(folder, 'key.json');
  const { privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  const client_email = 'rollout@p.iam.gserviceaccount.com';
  const key = { type: 'service_account', project_id: 'p', private_key: privateKey, client_email };
  await writeFile(file, JSON.stringify(key));
  process.env.GOOGLE_APPLICATION_CREDENTIALS = file;
  const client = new v2.ServicesClient({ ...(await grpcOptions(null)) });
  assert.equal((await client.auth.getCredentials()).client_email, client_email);
  await client.close();
  await rm(folder, { recursive: true });
});
