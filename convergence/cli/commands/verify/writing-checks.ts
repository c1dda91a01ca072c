import { randomKey } from 'base/id.ts';
import { createApiClient } from '../../client/api-client.ts';
import type { ApiClient } from '../../client/api-client.ts';
import { expect, expectJson } from './deployment-check.ts';
import type { DeploymentCheck } from './deployment-check.ts';

/** Checks that make a tenant of their own, and take it away whatever happens. */

export const makesTenants: DeploymentCheck = {
  name: 'makes and removes a tenant',
  mend: 'look at the log of the API for why; `convergence tenant list` shows what is left',
  check: (client) =>
    withTestTenant(client, async (tenantId) => {
      const { status } = await client.getTenant(tenantId);
      expect(status === 'active', `its status is ${status}`);
    }),
};

export const opensToKeys: DeploymentCheck = {
  name: 'opens to a key until it is revoked',
  mend: 'have all API processes the same DATABASE_URL and API_KEY_PEPPER?',
  check: (client) =>
    withTestTenant(client, async (tenantId) => {
      const { url } = client.access;
      const asked = { tenant_id: tenantId, description: 'convergence verify' };
      const { api_key: apiKey, hash } = await client.createKey(asked);
      await createApiClient({ url, apiKey }).listPipelines();
      await client.revokeKey(hash);
      await expectJson({ url, apiKey }, '/api/v1/pipelines', 401);
    }),
};

async function withTestTenant(
  client: ApiClient,
  check: (tenantId: string) => Promise<void>,
): Promise<void> {
  const tenantId = `verify_${randomKey(6).toLowerCase().replaceAll('-', '_')}`;
  await client.createTenant({ tenant_id: tenantId });
  try {
    await check(tenantId);
  } finally {
    await client.deleteTenant(tenantId);
  }
}
