import type { TenantScope } from '../tenant/tenant-scope.ts';

/** Where raw parts and checkpoints of running loads lie. */
export interface PartStore {
  /** An absolute folder for one run, step and resource; made when absent, kept with its content. */
  openFolder(scope: TenantScope, load: PartFolder): Promise<string>;
  /** Removes one folder, so that the next extraction begins anew. Absent is fine. */
  discardFolder(scope: TenantScope, load: PartFolder): Promise<void>;
  /** Removes everything of a run once it needs no resume. Absent is fine. */
  discardRun(scope: TenantScope, runId: string): Promise<void>;
}

export interface PartFolder {
  readonly runId: string;
  readonly step: string;
  readonly resource: string;
}
