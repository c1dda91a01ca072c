import type { IssuedKey, Rotation, StoredKey } from './key-store.ts';

export interface AdminKeyRecord extends StoredKey {
  /** Of the person or system that has it; what others made is recorded under it. */
  readonly name: string;
}

export interface NewAdminKey {
  readonly name: string;
  readonly expiresAt?: Date;
  readonly createdBy: string;
}

/** Keys of operators, beside the one in ADMIN_API_KEY. */
export interface AdminKeyStore {
  createKey(key: NewAdminKey): Promise<IssuedKey<AdminKeyRecord>>;
  listKeys(): Promise<readonly AdminKeyRecord[]>;
  /** As for keys of tenants. @throws key_absent, key_ended */
  rotateKey(keyHash: string, rotation: Rotation): Promise<IssuedKey<AdminKeyRecord>>;
  /**
   * Effective at once in this process, within a second in others.
   * @throws key_absent; admin_key_last when `keepOne` and no other key without an end would be left
   */
  revokeKey(keyHash: string, options: { keepOne: boolean }): Promise<AdminKeyRecord>;
  /** The record of a key that opens; null for unknown, expired and revoked ones. */
  authenticate(key: string): Promise<AdminKeyRecord | null>;
}
