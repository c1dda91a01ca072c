import type { TenantScope } from '../tenant-scope.ts';

/** The records of a tenant that leaves. `TenantStore.deleteTenant` removes them. */
export interface LeavingStore {
  /**
   * Suspends the tenant for good, revokes its keys and cancels its runs. Repeating it with the same
   * folder changes nothing.
   * @throws tenant_absent; tenant_offboarding when it leaves with another folder, or with none
   */
  beginLeaving(scope: TenantScope, folder: string | null): Promise<void>;
  /** Runs that a worker holds and may still write. */
  countHeldRuns(scope: TenantScope): Promise<number>;
  /** What `readRecords` knows, each the name of one file. */
  readonly recordKinds: readonly string[];
  /** Rows in pages, without hashes of keys and without ciphertexts. */
  readRecords(scope: TenantScope, kind: string): AsyncIterable<readonly object[]>;
}
