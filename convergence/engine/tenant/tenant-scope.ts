import { fail } from '../error-codes.ts';

/** Who a piece of work belongs to. First parameter of every function that touches tenant data. */
export interface TenantScope {
  readonly tenantId: string;
}

const TENANT_ID = /^[a-z][a-z0-9_]{2,49}$/;

/**
 * The scope of one tenant. The id becomes a folder, a file and a dataset name, so nothing that
 * could climb out of a folder or out of quotes may pass.
 * @throws tenant_id_invalid
 */
export function tenantScope(tenantId: string): TenantScope {
  if (!TENANT_ID.test(tenantId)) {
    throw fail('tenant_id_invalid', `'${tenantId.slice(0, 60)}' is not a tenant id`, {
      hint: 'Use 3 to 50 lower-case letters, digits or underscores, beginning with a letter.',
    });
  }
  return Object.freeze({ tenantId });
}
