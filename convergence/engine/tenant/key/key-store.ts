import type { KeyScope } from './key-scope.ts';
import type { TenantScope } from '../tenant-scope.ts';

/** What is known of a key, of a tenant or of an operator; the key itself is kept nowhere. */
export interface StoredKey {
  /** HMAC-SHA-256 of the key under the pepper, in hex: what the API calls `hash`. */
  readonly keyHash: string;
  /** First characters of the key, to tell keys apart. */
  readonly prefix: string;
  readonly createdAt: Date;
  /** Who made it, as `admin` or the name of an admin key. */
  readonly createdBy: string;
  readonly expiresAt: Date | null;
  /** Accurate to a minute. */
  readonly lastUsedAt: Date | null;
  readonly revokedAt: Date | null;
  /** Hash of the key that a rotation made in place of this one. */
  readonly replacedBy: string | null;
}

/** A key that was just made: the only moment at which it is seen. */
export interface IssuedKey<R extends StoredKey> {
  readonly key: string;
  readonly record: R;
}

export interface Rotation {
  /** For how long the old key still opens. */
  readonly overlapMs: number;
  readonly createdBy: string;
}

export interface ApiKeyRecord extends StoredKey {
  readonly tenantId: string;
  readonly description: string;
  readonly scopes: readonly KeyScope[];
}

export interface NewApiKey {
  readonly description: string;
  /** All of them unless told. */
  readonly scopes?: readonly KeyScope[];
  readonly expiresAt?: Date;
  readonly createdBy?: string;
}

/** API keys of tenants. */
export interface KeyStore {
  /** @throws tenant_absent */
  createKey(scope: TenantScope, key: NewApiKey): Promise<IssuedKey<ApiKeyRecord>>;
  /**
   * A key for a tenant without one that opens; null where there is one. Of two calls at once one
   * makes it.
   * @throws tenant_absent
   */
  createFirstKey(scope: TenantScope, key: NewApiKey): Promise<IssuedKey<ApiKeyRecord> | null>;
  listKeys(tenantId?: string): Promise<readonly ApiKeyRecord[]>;
  /** @throws key_absent */
  getKey(keyHash: string): Promise<ApiKeyRecord>;
  /**
   * A new key with the description, scopes and lifetime of the old, which ends after the overlap.
   * @throws key_absent, key_ended when the old one was revoked, has expired or has a successor
   */
  rotateKey(keyHash: string, rotation: Rotation): Promise<IssuedKey<ApiKeyRecord>>;
  /** Effective at once in this process, within a second in others. @throws key_absent */
  revokeKey(keyHash: string): Promise<ApiKeyRecord>;
  /**
   * The record of a key that opens; the same error for unknown, expired and revoked ones.
   * @throws key_invalid
   */
  authenticate(key: string): Promise<ApiKeyRecord>;
}
