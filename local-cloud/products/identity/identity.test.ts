import { KeyManagementServiceClient } from '@google-cloud/kms';
import { ServiceUsageClient } from '@google-cloud/service-usage';
import { googleAuthLibrary as auth } from 'google-gax';
import assert from 'node:assert/strict';
import { createPublicKey, verify } from 'node:crypto';
import type { JsonWebKeyInput } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { CloudRig, grpcOptions, hasCode } from '../../control-plane/cloud-rig.fake.ts';
import { projectNumber } from './project-number.ts';

const NUMBER = projectNumber('acme');
const POOLS = 'projects/acme/locations/global/workloadIdentityPools';
const POOL = `projects/${NUMBER}/locations/global/workloadIdentityPools/github`;
const PROVIDER = `${POOL}/providers/actions`;
const SCOPE = 'https://www.googleapis.com/auth/cloud-platform';
const ISSUER = 'https://token.actions.githubusercontent.com';
const DEPLOYER = 'deployer@acme.iam.gserviceaccount.com';

let rig: CloudRig;
let rest: string;

before(async () => {
  rig = await CloudRig.start();
  ({ rest } = rig.cloud.endpoints);
  const serviceAccount = { displayName: 'Deploys' };
  await call('POST /v1/projects/acme/serviceAccounts', { accountId: 'deployer', serviceAccount });
});
after(() => rig.end());

interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
  readonly error: { readonly status?: string; readonly message?: string };
}

async function call(what: string, body?: object, headers = {}): Promise<Answer> {
  const [method = '', path = ''] = what.split(' ');
  const sent = body === undefined ? {} : { body: JSON.stringify(body) };
  const response = await fetch(`${rest}${path}`, { method, headers, ...sent });
  const answer = (await response.json()) as Answer['body'] & Pick<Answer, 'error'>;
  return { status: response.status, body: answer, error: answer.error ?? {} };
}

async function refused(what: string, body: object | undefined, expected: RegExp): Promise<void> {
  const { error } = await call(what, body);
  assert.match(`${error.status}: ${error.message}`, expected);
}

test('service accounts are made, read, listed and deleted', async () => {
  const path = '/v1/projects/acme/serviceAccounts';
  const { body: made } = await call(`POST ${path}`, { accountId: 'reader' });
  assert.equal(made['name'], 'projects/acme/serviceAccounts/reader@acme.iam.gserviceaccount.com');
  const read = await call(`GET /v1/projects/-/serviceAccounts/${String(made['uniqueId'])}`);
  assert.deepEqual(read.body, made);
  const { body: list } = await call(`GET ${path}?pageSize=10`);
  const accounts = list['accounts'] as { email: string; displayName?: string }[];
  assert.deepEqual(
    accounts.map(({ email, displayName }) => [email, displayName]),
    [
      [DEPLOYER, 'Deploys'],
      ['reader@acme.iam.gserviceaccount.com', undefined],
    ],
  );
  const taken =
    /ALREADY_EXISTS: Service account reader already exists within project projects\/acme/;
  await refused(`POST ${path}`, { accountId: 'reader' }, taken);
  await refused(`POST ${path}`, { accountId: 'a' }, /INVALID_ARGUMENT: Invalid account_id 'a'/);
  await refused(`POST ${path}`, { accountID: 'x' }, /INVALID_ARGUMENT: .*'accountId'/);
  await refused(`GET ${path}?size=1`, undefined, /Unknown name "size"/);
  assert.equal((await call(`DELETE ${path}/reader@acme.iam.gserviceaccount.com`)).status, 200);
  const gone = /NOT_FOUND: Unknown service account/;
  await refused(`GET ${path}/reader@acme.iam.gserviceaccount.com`, undefined, gone);
});

test('a project has an id, a number, and one policy in v1 and v3, guarded by its etag', async () => {
  const v1 = (await call('GET /v1/projects/acme')).body;
  const v3 = (await call('GET /v3/projects/acme')).body;
  assert.deepEqual([v1['projectNumber'], v1['projectId']], [NUMBER, 'acme']);
  assert.deepEqual([v3['name'], v3['state']], [`projects/${NUMBER}`, 'ACTIVE']);
  const { body: unset } = await call('POST /v1/projects/acme:getIamPolicy', {});
  assert.equal(unset['etag'], 'ACAB');
  const bindings = [{ role: 'roles/run.admin', members: [`serviceAccount:${DEPLOYER}`] }];
  const policy = { ...unset, bindings };
  const { body: set } = await call('POST /v3/projects/acme:setIamPolicy', { policy });
  const { body: read } = await call('POST /v1/projects/acme:getIamPolicy', {});
  assert.deepEqual(read, set);
  assert.deepEqual(set['bindings'], bindings);
  await refused('POST /v1/projects/acme:setIamPolicy', { policy }, /^ABORTED: .*concurrent policy/);
  const nobody = [
    { role: 'roles/viewer', members: ['serviceAccount:no@acme.iam.gserviceaccount.com'] },
  ];
  await refused(
    'POST /v1/projects/acme:setIamPolicy',
    { policy: { bindings: nobody } },
    /INVALID_ARGUMENT: Service account no@acme\.iam\.gserviceaccount\.com does not exist/,
  );
});

test('keys have policies, through their own client', async () => {
  const kms = new KeyManagementServiceClient(grpcOptions(rig.cloud.endpoints.grpc));
  const parent = 'projects/acme/locations/global';
  await kms.createKeyRing({ parent, keyRingId: 'ring', keyRing: {} });
  const resource = `${parent}/keyRings/ring`;
  const role = 'roles/cloudkms.admin';
  const bindings = [{ role, members: [`serviceAccount:${DEPLOYER}`] }];
  type Set = Parameters<typeof kms.setIamPolicy>[0];
  type Get = Parameters<typeof kms.getIamPolicy>[0];
  await kms.setIamPolicy({ resource, policy: { bindings } } as unknown as Set);
  const [policy] = await kms.getIamPolicy({ resource } as Get);
  assert.equal(policy.bindings?.[0]?.role, role);
  const { body } = await call(`GET /v1/${resource}:getIamPolicy`);
  assert.deepEqual(body['bindings'], bindings);
  await assert.rejects(
    kms.getIamPolicy({ resource: `${parent}/keyRings/none` } as Get),
    hasCode(5, /KeyRing .*none not found/),
  );
  await kms.close();
});

test('APIs are enabled one by one and many at once, by their own client', async () => {
  type Options = ConstructorParameters<typeof ServiceUsageClient>[0];
  const options = grpcOptions(rig.cloud.endpoints.grpc) as Options;
  const client = new ServiceUsageClient(options);
  const serviceIds = ['run.googleapis.com', 'cloudkms.googleapis.com'];
  const [operation] = await client.batchEnableServices({ parent: 'projects/acme', serviceIds });
  await operation.promise();
  const name = 'projects/acme/services/sqladmin.googleapis.com';
  const [one] = await client.enableService({ name });
  await one.promise();
  const [services] = await client.listServices({
    parent: 'projects/acme',
    filter: 'state:ENABLED',
  });
  assert.deepEqual(
    services.map((service) => service.config?.name),
    ['cloudkms.googleapis.com', 'run.googleapis.com', 'sqladmin.googleapis.com'],
  );
  const [absent] = await client.getService({ name: 'projects/acme/services/tpu.googleapis.com' });
  assert.equal(absent.state, 'DISABLED');
  await assert.rejects(
    client.getService({ name: 'projects/acme/services/nonsense' }),
    hasCode(7, /Not found or permission denied for service\(s\): nonsense/),
  );
  const { body } = await call(`GET /v1/${operation.name}`);
  assert.equal(body['done'], true);
  await client.close();
});

test('a client finds project, account and tokens at the metadata server', async () => {
  process.env.GCE_METADATA_HOST = new URL(rest).host;
  delete process.env.METADATA_SERVER_DETECTION;
  const google = new auth.GoogleAuth({ scopes: SCOPE });
  assert.equal(await google.getProjectId(), 'local');
  const email = `${projectNumber('local')}-compute@developer.gserviceaccount.com`;
  assert.equal((await google.getCredentials()).client_email, email);
  assert.match((await google.getAccessToken()) ?? '', /^local-cloud\./);
  const client = await google.getIdTokenClient('https://service.example');
  const token = await client.idTokenProvider.fetchIdToken('https://service.example');
  const [head = '', claims = '', signature = ''] = token.split('.');
  assert.ok(await isSigned(`${head}.${claims}`, Buffer.from(signature, 'base64url')));
  const said = JSON.parse(Buffer.from(claims, 'base64url').toString()) as Record<string, unknown>;
  assert.deepEqual([said['aud'], said['email']], ['https://service.example', email]);
  const bare = await fetch(`${rest}/computeMetadata/v1/project/project-id`);
  assert.deepEqual(
    [bare.status, await bare.text()],
    [403, 'Missing Metadata-Flavor:Google header.'],
  );
});

test('who is at the metadata server may act as an account that is there', async () => {
  process.env.GCE_METADATA_HOST = new URL(rest).host;
  delete process.env.METADATA_SERVER_DETECTION;
  const sourceClient = await new auth.GoogleAuth({ scopes: SCOPE }).getClient();
  const impersonate = (targetPrincipal: string) =>
    new auth.Impersonated({
      sourceClient,
      targetPrincipal,
      targetScopes: [SCOPE],
      lifetime: 600,
      delegates: [],
      endpoint: rest,
    });
  const deployer = impersonate(DEPLOYER);
  const { token } = await deployer.getAccessToken();
  assert.match(token ?? '', /^local-cloud\./);
  const { signedBlob } = await deployer.sign('text');
  assert.ok(await isSigned('text', Buffer.from(signedBlob, 'base64')));
  const idToken = await deployer.fetchIdToken('https://service.example');
  assert.match(idToken, /^ey.+\..+\..+/);
  await assert.rejects(
    impersonate('nobody@acme.iam.gserviceaccount.com').getAccessToken(),
    /Gaia id not found for email nobody@acme/,
  );
});

test('a workflow of GitHub becomes an account by federation, when it is bound to it', async () => {
  const made = await call(`POST /v1/${POOLS}?workloadIdentityPoolId=github`, { displayName: 'CI' });
  assert.equal(made.body['done'], true);
  assert.equal((await call(`GET /v1/${String(made.body['name'])}`)).body['done'], true);
  const oidc = { issuerUri: ISSUER };
  const attributeMapping = {
    'google.subject': 'assertion.sub',
    'attribute.repository': 'assertion.repository',
  };
  const create = `POST /v1/${POOL}/providers?workloadIdentityPoolProviderId=actions`;
  await refused(create, { oidc, attributeMapping }, /must reference one of the provider's claims/);
  const attributeCondition = "assertion.repository == 'acme/app'";
  await call(create, { oidc, attributeMapping, attributeCondition });
  const { body: read } = await call(`GET /v1/${PROVIDER}`);
  assert.deepEqual([read['name'], read['state']], [PROVIDER, 'ACTIVE']);
  const { body: list } = await call(`GET /v1/${POOL}/providers`);
  assert.equal((list['workloadIdentityPoolProviders'] as object[]).length, 1);

  const denied = /Permission 'iam\.serviceAccounts\.getAccessToken' denied/;
  await assert.rejects(federate({ repository: 'acme/app' }), denied);
  const member = `principalSet://iam.googleapis.com/${POOL}/attribute.repository/acme/app`;
  const bindings = [{ role: 'roles/iam.workloadIdentityUser', members: [member] }];
  const account = `/v1/projects/acme/serviceAccounts/${DEPLOYER}`;
  await call(`POST ${account}:setIamPolicy`, { policy: { bindings } });
  assert.match(await federate({ repository: 'acme/app' }), /^local-cloud\./);
  await assert.rejects(federate({ repository: 'evil/app' }), /rejected by the attribute condition/);
  await assert.rejects(
    federate({ repository: 'acme/app', iss: 'https://evil.example' }),
    /issuer in ID Token https:\/\/evil\.example does not match/,
  );
  await assert.rejects(
    federate({ repository: 'acme/app', aud: 'else' }),
    /audience in ID Token \[else\] does not match/,
  );
});

async function isSigned(text: string, signature: Buffer): Promise<boolean> {
  const { body } = await call('GET /oauth2/v3/certs');
  const [key] = body['keys'] as JsonWebKeyInput['key'][];
  assert.ok(key);
  const publicKey = createPublicKey({ key, format: 'jwk' });
  return verify('sha256', Buffer.from(text), publicKey, signature);
}

/** The access token that Google's library gets for a workflow's token with these claims. */
async function federate(claims: object): Promise<string> {
  const audience = `//iam.googleapis.com/${PROVIDER}`;
  const exp = Math.floor(Date.now() / 1000) + 300;
  const said = { iss: ISSUER, aud: `https:${audience}`, sub: 'repo:acme/app', exp, ...claims };
  const file = join(rig.home, 'github-token');
  await writeFile(
    file,
    ['e30', Buffer.from(JSON.stringify(said)).toString('base64url'), 'x'].join('.'),
  );
  const client = auth.ExternalAccountClient.fromJSON({
    type: 'external_account',
    audience,
    subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
    token_url: `${rest}/v1/token`,
    credential_source: { file },
    service_account_impersonation_url: `${rest}/v1/projects/-/serviceAccounts/${DEPLOYER}:generateAccessToken`,
  });
  return (await client?.getAccessToken())?.token ?? '';
}
