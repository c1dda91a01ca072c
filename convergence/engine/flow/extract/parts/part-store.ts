import type { TenantScope } from '../../../tenant/tenant-scope.ts';

/** Where raw parts and checkpoints of running loads lie. */
export interface PartStore {
  /**
   * The folder of one run, step and resource, with what earlier holders of the run left in it; made
   * when absent. A newer fence takes the folder away from the older one.
   * @throws lease_lost when a newer fence has it; storage_* where parts lie in a bucket
   */
  openFolder(scope: TenantScope, load: PartFolder): Promise<OpenFolder>;
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

export interface OpenFolder {
  /** Absolute, on this machine. */
  readonly path: string;
  /** Absent: what is in the folder is safe there. */
  readonly save?: SaveParts;
}

/**
 * Resolves when this, or what a later call gave, outlives the machine. Until the next call is made,
 * parts may only grow. What is not named any more is forgotten.
 * @throws lease_lost when a newer fence has the folder; storage_*
 */
export type SaveParts = (saved: SavedParts) => Promise<void>;

/** A checkpoint that is on disk, and as much of the parts as it counts. */
export interface SavedParts {
  readonly checkpoint: { readonly name: string; readonly content: string };
  readonly parts: readonly { readonly name: string; readonly sizeBytes: number }[];
}
