import { randomKey } from 'base/id.ts';
import type { HealthAnswer, DetailedHealthAnswer } from '../../../server/api/contract/health.ts';
import { createApiClient, reach } from '../../client/api-client.ts';
import type { ApiAccess, ApiClient } from '../../client/api-client.ts';

/** A promise of the platform, tested from outside; `check` throws when it is broken. */
export interface DeploymentCheck {
  readonly name: string;
  readonly check: (client: ApiClient) => Promise<void>;
}

const MAX_LIVE_MS = 50;

/** None changes what was there: each takes away what it made. */
export const deploymentChecks: readonly DeploymentCheck[] = [
  { name: 'is alive within 50 ms', check: checkLive },
  {
    name: 'is ready',
    check: async ({ access }) => void (await expectStatus(access, '/health/ready', 200)),
  },
  { name: 'names itself and its version', check: checkHealth },
  { name: 'reaches its dependencies', check: checkDependencies },
  { name: 'describes its API as OpenAPI 3.1', check: checkOpenApi },
  { name: 'refuses who has no key', check: checkRefusal },
  { name: 'answers errors as problem documents', check: checkProblemDocument },
  { name: 'has its control tables', check: async (client) => void (await client.listTenants({})) },
  { name: 'makes and removes a tenant', check: (client) => withTestTenant(client, checkTenant) },
  {
    name: 'opens to a key until it is revoked',
    check: (client) => withTestTenant(client, checkKey),
  },
];

/** The best of three: the first request of all also loads code. */
async function checkLive({ access }: ApiClient): Promise<void> {
  let bestMs = Infinity;
  for (let attempt = 0; attempt < 3; attempt++) {
    const startedMs = performance.now();
    const body = await expectStatus(access, '/health/live', 200);
    bestMs = Math.min(bestMs, performance.now() - startedMs);
    expect(JSON.stringify(body).includes('alive'), 'the answer does not contain "alive"');
  }
  expect(bestMs < MAX_LIVE_MS, `the answer took ${bestMs.toFixed(0)} ms`);
}

async function checkHealth({ access }: ApiClient): Promise<void> {
  const health = (await expectStatus(access, '/health', 200)) as HealthAnswer;
  expect(health.service === 'convergence-data-pipeline', `service is ${health.service}`);
  expect(Boolean(health.version && health.environment), 'version or environment is missing');
}

async function checkDependencies({ access }: ApiClient): Promise<void> {
  const answer = await expectStatus(access, '/health/detailed', 200);
  const { dependencies } = answer as DetailedHealthAnswer;
  const failing = dependencies.filter(({ ok }) => !ok);
  expect(
    failing.length === 0,
    failing.map(({ name, message }) => `${name}: ${message}`).join(', '),
  );
}

async function checkOpenApi({ access }: ApiClient): Promise<void> {
  const document = (await expectStatus(access, '/openapi.json', 200)) as {
    openapi?: string;
    paths?: object;
  };
  expect(document.openapi?.startsWith('3.1') === true, `openapi is ${document.openapi}`);
  const trigger = '/api/v1/pipelines/run/{pipeline_id}';
  expect(document.paths !== undefined && trigger in document.paths, `${trigger} is not described`);
}

async function checkRefusal({ access: { url } }: ApiClient): Promise<void> {
  await expectStatus({ url }, '/api/v1/pipelines', 401);
  await expectStatus({ url }, '/api/v1/admin/tenants', 401);
}

async function checkProblemDocument({ access }: ApiClient): Promise<void> {
  const response = await reach(access, '/api/v1/nothing-of-that-name', {});
  const type = response.headers.get('content-type') ?? 'none';
  expect(type.startsWith('application/problem+json'), `content-type is ${type}`);
  const problem = (await response.json()) as Record<string, unknown>;
  for (const name of ['type', 'title', 'status', 'detail', 'code', 'instance']) {
    expect(name in problem, `'${name}' is missing`);
  }
}

async function checkTenant(client: ApiClient, tenantId: string): Promise<void> {
  const { status } = await client.getTenant(tenantId);
  expect(status === 'active', `its status is ${status}`);
}

async function checkKey(client: ApiClient, tenantId: string): Promise<void> {
  const { url } = client.access;
  const { api_key, hash } = await client.createKey({
    tenant_id: tenantId,
    description: 'convergence verify',
  });
  await createApiClient({ url, apiKey: api_key }).listPipelines();
  await client.revokeKey(hash);
  await expectStatus({ url, apiKey: api_key }, '/api/v1/pipelines', 401);
}

async function withTestTenant(
  client: ApiClient,
  check: (client: ApiClient, tenantId: string) => Promise<void>,
): Promise<void> {
  const tenantId = `verify_${randomKey(6).toLowerCase().replaceAll('-', '_')}`;
  await client.createTenant({ tenant_id: tenantId });
  try {
    await check(client, tenantId);
  } finally {
    await client.deleteTenant(tenantId);
  }
}

async function expectStatus(access: ApiAccess, path: string, status: number): Promise<unknown> {
  const response = await reach(access, path, {});
  expect(response.status === status, `${path} answers ${response.status}, expected ${status}`);
  return response.json();
}

function expect(holds: boolean, problem: string): void {
  if (!holds) throw new Error(problem);
}
