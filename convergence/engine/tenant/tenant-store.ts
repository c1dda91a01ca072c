export interface TenantProfile {
  readonly tenantId: string;
  readonly displayName: string;
  /** `offboarding`: suspended for good, being exported and removed. */
  readonly status: 'active' | 'suspended' | 'offboarding';
  /** Name of one of the operator's plans. */
  readonly plan: string;
  readonly timeZone: string;
  /** The account as which BigQuery works for the tenant; null: that of the platform. */
  readonly googleServiceAccount: string | null;
  readonly createdAt: Date;
}

export interface NewTenant {
  readonly tenantId: string;
  readonly displayName?: string;
  readonly plan?: string;
  readonly timeZone?: string;
}

export interface TenantFilter {
  readonly limit: number;
  readonly cursor?: string;
  readonly status?: TenantProfile['status'];
  readonly plan?: string;
}

/** Tenants, for the operator; the only store whose methods are not within one tenant. */
export interface TenantStore {
  /**
   * Profile, subscription and quota row in one transaction; repeating it with the same values
   * changes nothing.
   * @throws tenant_exists when a value differs, plan_unknown
   */
  createTenant(tenant: NewTenant): Promise<{ profile: TenantProfile; created: boolean }>;
  /** @throws tenant_absent */
  getTenant(tenantId: string): Promise<TenantProfile>;
  /** In the order of ids; `cursor` is the last id of the page before. */
  listTenants(
    filter: TenantFilter,
  ): Promise<{ tenants: readonly TenantProfile[]; next: string | null }>;
  /** @throws tenant_absent, plan_unknown */
  updateTenant(
    tenantId: string,
    change: Partial<
      Pick<TenantProfile, 'displayName' | 'plan' | 'timeZone' | 'googleServiceAccount'>
    >,
  ): Promise<TenantProfile>;
  /**
   * From now on no run of the tenant starts. Those that run end, or all that have not ended are
   * cancelled; repeating it changes nothing.
   * @throws tenant_absent, tenant_offboarding
   */
  suspendTenant(tenantId: string, running: 'finish' | 'cancel'): Promise<TenantProfile>;
  /** Runs that waited go on. @throws tenant_absent, tenant_offboarding */
  resumeTenant(tenantId: string): Promise<TenantProfile>;
  /**
   * Removes the rows of a tenant from every table, in one transaction in which `beforeCommit` is told
   * how many of which table go. Its dataset and parts are others' to remove.
   * @throws tenant_absent
   */
  deleteTenant(
    tenantId: string,
    beforeCommit?: (rows: Readonly<Record<string, number>>) => Promise<void>,
  ): Promise<void>;
}
