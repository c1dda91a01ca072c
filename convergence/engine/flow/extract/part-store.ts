import type { TenantScope } from '../../tenant/tenant-scope.ts';

/** Where raw parts and checkpoints of running loads lie. */
export interface PartStore {
  /**
   * An absolute folder for one run, step and resource, with what earlier holders of the run left in
   * it; made when absent. A newer fence takes the folder away from the older one.
   * @throws lease_lost when a newer fence has it
   */
  openFolder(scope: TenantScope, load: PartFolder): Promise<string>;
  /** Removes one folder, so that the next extraction begins anew. Absent is fine. */
  discardFolder(scope: TenantScope, load: PartFolder): Promise<void>;
  /** Removes everything of a run once it needs no resume. Absent is fine. */
  discardRun(scope: TenantScope, runId: string): Promise<void>;
  /** Removes what failed runs of all tenants have left and nobody touched since `before`. */
  discardStale(before: Date): Promise<void>;
}

export interface PartFolder {
  readonly runId: string;
  readonly step: string;
  readonly resource: string;
  readonly fence: bigint;
}
