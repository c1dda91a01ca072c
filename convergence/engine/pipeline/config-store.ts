import type { TenantScope } from '../tenant/tenant-scope.ts';

/** Text of every file of a tenant's folder but secrets and data, by relative path. */
export type ConfigFiles = ReadonlyMap<string, string>;

/** Where tenants' configs are kept. */
export interface ConfigStore {
  /** @throws tenant_absent when the tenant has no folder */
  readConfig(scope: TenantScope): Promise<ConfigFiles>;
  /**
   * Changes whenever a pipeline of the tenant was added, changed or removed. Much cheaper than
   * reading them. @throws as readConfig
   */
  readPipelineStamp(scope: TenantScope): Promise<string>;
}
