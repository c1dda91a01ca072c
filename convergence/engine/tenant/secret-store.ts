import type { TenantScope } from './tenant-scope.ts';

/** Where secrets of tenants are kept. Values are never logged and never returned by an API. */
export interface SecretStore {
  /**
   * The value of a secret without its final line break.
   * @throws secret_absent, secret_readable
   */
  readSecret(scope: TenantScope, name: string): Promise<string>;
  /** Names only, sorted: for validation and suggestions. */
  listSecrets(scope: TenantScope): Promise<string[]>;
}
