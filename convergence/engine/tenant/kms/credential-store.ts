import type { SecretStore } from '../secret-store.ts';
import type { TenantScope } from '../tenant-scope.ts';

/** What is known of a credential without opening it. */
export interface CredentialRecord {
  readonly name: string;
  readonly createdAt: Date;
  /** When its value was last replaced. */
  readonly rotatedAt: Date | null;
  /** Who stored its present value. */
  readonly createdBy: string;
}

export interface NewCredential {
  readonly name: string;
  readonly value: string;
  readonly createdBy: string;
}

/**
 * Cloud credentials of tenants, encrypted one by one. As a SecretStore it gives their values to the
 * configs that name them.
 */
export interface CredentialStore extends SecretStore {
  /** Stores it, or replaces its value. @throws tenant_absent, kms_unavailable */
  putCredential(
    scope: TenantScope,
    credential: NewCredential,
  ): Promise<{ record: CredentialRecord; created: boolean }>;
  listCredentials(scope: TenantScope): Promise<readonly CredentialRecord[]>;
  /** @throws credential_absent */
  deleteCredential(scope: TenantScope, name: string): Promise<void>;
}
