import { SecretManagerServiceClient } from '@google-cloud/secret-manager';
import { credentials } from '@grpc/grpc-js';
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import { startLocalCloud } from '../../testing/local-cloud-process.ts';
import type { LocalCloudProcess } from '../../testing/local-cloud-process.ts';
import { openTestApi } from '../api/test-api.fake.ts';
import type { TestApi } from '../api/test-api.fake.ts';

const TOKEN = 'planted-token-at-google';

/** Gives its rows only to who has the token, and repeats what it was sent. */
const source = createServer((request, response) => {
  const sent = request.headers.authorization;
  response.writeHead(sent === `Bearer ${TOKEN}` ? 200 : 401, {
    'content-type': 'application/json',
  });
  response.end(JSON.stringify(sent === `Bearer ${TOKEN}` ? [{ id: 1 }] : { error: `bad ${sent}` }));
});
let cloud: LocalCloudProcess;
let google: SecretManagerServiceClient;
let api: TestApi;
let key: string;

before(async () => {
  await once(source.listen(0, '127.0.0.1'), 'listening');
  cloud = await startLocalCloud();
  const { hostname, port } = new URL(`http://${cloud.grpc}`);
  google = new SecretManagerServiceClient({
    apiEndpoint: hostname,
    port: Number(port),
    sslCreds: credentials.createInsecure(),
    clientOptions: { universeDomain: 'googleapis.com' },
  });
  api = await openTestApi({
    GCP_PROJECT_ID: 'platform',
    GCP_SECRET_MANAGER: 'true',
    GCP_REST_ENDPOINT: cloud.rest,
    GCP_GRPC_ENDPOINT: cloud.grpc,
  });
  key = await api.onboard('acme_corp');
  const { port: at } = source.address() as AddressInfo;
  await api.writeConfig(
    'acme_corp/sources/rows.yml',
    `client:
  base_url: http://127.0.0.1:${at}
  auth: { type: bearer, token: '{{ secrets.rows_token }}' }
resources:
  - { name: rows, endpoint: { path: rows, paginator: single_page } }
`,
  );
});
after(async () => {
  await api.close();
  await google.close();
  await cloud.close();
  source.close();
});

test('a source uses a secret of Secret Manager after files and credentials, and never shows it', async () => {
  const parent = 'projects/platform';
  const secretId = 'acme_corp_rows_token';
  await google.createSecret({ parent, secretId, secret: { replication: { automatic: {} } } });
  const payload = { data: Buffer.from(`${TOKEN}\n`) };
  await google.addSecretVersion({ parent: `${parent}/secrets/${secretId}`, payload });
  const check = () =>
    api.call('POST /api/v1/sources/check', { key, body: { source: 'sources/rows.yml' } });
  const right = await check();
  assert.equal(right.body.ok, true, right.text);
  const body = { value: 'not the right one' };
  await api.call('PUT /api/v1/credentials/rows_token', { key, body });
  const wrong = await check();
  assert.equal(wrong.body.ok, false);
  const { text } = await api.admin('GET /health/detailed');
  assert.match(text, /"secret_manager":true/);
  assert.doesNotMatch(
    [right.text, wrong.text, text, ...api.logLines].join('\n'),
    /planted|not the/,
  );
});
