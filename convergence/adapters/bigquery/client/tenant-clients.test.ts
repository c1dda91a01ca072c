import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { PassThroughClient } from 'google-auth-library';
import { FakeClock } from 'base/clock.fake.ts';
import { tenantScope } from '../../../engine/tenant/tenant-scope.ts';
import { startBigQuery } from './test-client.fake.ts';
import type { CloudWithClient } from './test-client.fake.ts';
import { createTenantClients } from './tenant-clients.ts';
import type { BigQueryClient } from './bigquery-client.ts';

const account = 'acme-corp@p-test.iam.gserviceaccount.com';
const acme = tenantScope('acme');

let started: CloudWithClient;
before(async () => {
  started = await startBigQuery();
  const made = await fetch(`${started.cloud.rest}/v1/projects/p-test/serviceAccounts`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ accountId: 'acme-corp', serviceAccount: {} }),
  });
  assert.ok(made.ok);
});
after(() => started?.close());

function open(accounts: Record<string, string | null>) {
  const { cloud, client } = started;
  const clock = new FakeClock({ instant: true });
  const connection = {
    projectId: 'p-test',
    location: 'EU',
    apiEndpoint: cloud.rest,
    authClient: new PassThroughClient(),
  };
  const clientOf = createTenantClients({
    client,
    connection,
    deps: { ...client.deps, clock },
    readAccount: async ({ tenantId }) => accounts[tenantId] ?? null,
  });
  return { clientOf, clock };
}

/** Who calls that carry its token are from, as local-cloud writes it into tokens. */
async function callerOf({ sdk }: BigQueryClient): Promise<unknown> {
  const client = await sdk.authClient.getClient();
  const headers = await client.getRequestHeaders();
  const [, claims = ''] = (headers.get('authorization') ?? '').split('.');
  return (JSON.parse(Buffer.from(claims, 'base64url').toString()) as { principal: string })
    .principal;
}

test('BigQuery works for a tenant as the account that it was given, and else as the platform', async () => {
  const { clientOf } = open({ acme: account });
  const own = await clientOf(acme);
  assert.equal(await callerOf(own), account);
  await own.check();
  assert.equal(await clientOf(acme), own);
  assert.equal(await clientOf(tenantScope('globex')), started.client);
});

test('another account counts within ten seconds', async () => {
  const accounts: Record<string, string | null> = { acme: null };
  const { clientOf, clock } = open(accounts);
  assert.equal(await clientOf(acme), started.client);
  accounts.acme = account;
  assert.equal(await clientOf(acme), started.client);
  await clock.sleep(10_000);
  assert.equal(await callerOf(await clientOf(acme)), account);
});

test('an account that the platform may not take is named, with the role that is missing', async () => {
  const accounts = { acme: 'nobody@p-test.iam.gserviceaccount.com' };
  const { clientOf } = open(accounts);
  for (let attempt = 1; attempt <= 2; attempt++) {
    await assert.rejects(clientOf(acme), {
      code: 'google_denied',
      message: /may not act as nobody@p-test\.iam\.gserviceaccount\.com/,
      hint: /roles\/iam\.serviceAccountTokenCreator/,
    });
  }
});
