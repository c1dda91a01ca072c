import type { TenantScope } from '../tenant-scope.ts';
import type { ExportedFile } from './offboard-report.ts';

/** The dataset of a tenant as a whole. */
export interface TenantTables {
  measureTables(scope: TenantScope): Promise<number>;
  /** Each table and view as Parquet in `folder`; a file appears whole. */
  exportTables(scope: TenantScope, folder: string): Promise<readonly ExportedFile[]>;
  /**
   * Removes the dataset with all that belongs to it; a later tenant of that id finds nothing.
   * @throws warehouse_busy when somebody uses it and does not let go
   */
  removeTables(scope: TenantScope): Promise<void>;
}

/** Raw parts of the runs of a tenant. */
export interface TenantParts {
  measureTenant(scope: TenantScope): Promise<number>;
  discardTenant(scope: TenantScope): Promise<void>;
}

/** What the dataset `metadata` knows of the runs of a tenant. */
export interface TenantHistory {
  /** Repeating it removes nothing more. */
  forgetTenant(tenantId: string): Promise<void>;
}
