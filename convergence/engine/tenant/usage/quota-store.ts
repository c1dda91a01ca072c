import type { TenantScope } from '../tenant-scope.ts';
import type { UsageCounters } from './usage.ts';

/** What a tenant has used, as of now. */
export interface TenantUsage {
  readonly tenantId: string;
  readonly plan: string;
  readonly timeZone: string;
  readonly usage: UsageCounters;
  readonly runningNow: number;
  /** Source files as of the newest run. */
  readonly sources: number;
}

/** What tenants have used of their plans. */
export interface QuotaStore {
  /** @throws tenant_absent */
  readUsage(scope: TenantScope): Promise<TenantUsage>;
  /** All tenants, in no order. */
  listUsage(): Promise<readonly TenantUsage[]>;
  /** How many tenants have each plan that some have. */
  countPlans(): Promise<Readonly<Record<string, number>>>;
  /**
   * Writes zeros for days and months that are over where their tenants are; how many tenants that
   * were. Every reader counts them as zero anyway, so it may be repeated, left out, and called by
   * two machines at once.
   */
  resetDailyUsage(): Promise<number>;
}
