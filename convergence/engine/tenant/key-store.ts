import type { TenantScope } from './tenant-scope.ts';

export interface ApiKeyRecord {
  /** HMAC-SHA-256 of the key under the pepper, in hex: what the API calls `hash`. */
  readonly keyHash: string;
  /** First characters of the key, to tell keys apart. */
  readonly prefix: string;
  readonly tenantId: string;
  readonly description: string;
  readonly createdAt: Date;
  readonly expiresAt: Date | null;
  readonly lastUsedAt: Date | null;
  readonly revokedAt: Date | null;
}

/** API keys of tenants. The key itself is seen once, by the caller of `createKey`. */
export interface KeyStore {
  createKey(
    scope: TenantScope,
    key: { description: string; expiresAt?: Date },
  ): Promise<{ key: string; record: ApiKeyRecord }>;
  listKeys(tenantId?: string): Promise<readonly ApiKeyRecord[]>;
  /** Effective at once in this process, within a second in others. @throws key_absent */
  revokeKey(keyHash: string): Promise<ApiKeyRecord>;
  /**
   * The tenant of a key; the same error for unknown, expired and revoked ones.
   * @throws key_invalid
   */
  authenticate(key: string): Promise<TenantScope>;
}
