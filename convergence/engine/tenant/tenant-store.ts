import type { PlanName } from './plan.ts';

export interface TenantProfile {
  readonly tenantId: string;
  readonly displayName: string;
  readonly status: 'active' | 'suspended';
  readonly plan: PlanName;
  readonly timeZone: string;
  readonly createdAt: Date;
}

export interface NewTenant {
  readonly tenantId: string;
  readonly displayName?: string;
  readonly plan?: PlanName;
  readonly timeZone?: string;
}

/** Tenants, for the operator; the only store whose methods are not within one tenant. */
export interface TenantStore {
  /**
   * Profile, subscription and quota row in one transaction; repeating it with the same values
   * changes nothing.
   * @throws tenant_exists when a value differs
   */
  createTenant(tenant: NewTenant): Promise<{ profile: TenantProfile; created: boolean }>;
  /** @throws tenant_absent */
  getTenant(tenantId: string): Promise<TenantProfile>;
  listTenants(page: {
    limit: number;
    cursor?: string;
  }): Promise<{ tenants: readonly TenantProfile[]; next: string | null }>;
  /** @throws tenant_absent */
  updateTenant(
    tenantId: string,
    change: Partial<Pick<TenantProfile, 'displayName' | 'status' | 'plan' | 'timeZone'>>,
  ): Promise<TenantProfile>;
  /** Removes the records of a tenant in every table; its runs and keys too. @throws tenant_absent */
  deleteTenant(tenantId: string): Promise<void>;
}
