import type { ApiClient } from '../../client/api-client.ts';
import { withPlatform } from '../../client/with-platform.ts';
import type { Invocation } from '../../invocation.ts';

/** Calls of the tenant's webhooks, or of the operator's when no tenant is named. */
export function withWebhooks<T>(
  invocation: Invocation,
  use: (client: ApiClient, root: string) => Promise<T>,
): Promise<T> {
  const { tenant, apiKey } = invocation.options;
  const root = tenant || apiKey ? '/api/v1/webhooks' : '/api/v1/admin/webhooks';
  return withPlatform(invocation, { worker: false }, ({ client }) => use(client, root));
}
