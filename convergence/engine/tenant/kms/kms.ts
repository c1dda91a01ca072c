/** A data key, encrypted under one version of a master key. */
export interface WrappedKey {
  /** Name of the version, as `local/9f2c41d07ab3` or `projects/…/cryptoKeyVersions/2`. */
  readonly version: string;
  readonly ciphertext: Uint8Array;
  /** CRC-32C of the ciphertext: tells damage on the way or at rest from a wrong master key. */
  readonly crc32c: number;
}

export interface MasterKeyVersion {
  readonly version: string;
  readonly createdAt: Date;
}

/**
 * Keeps master keys, which never leave it, and encrypts data keys with them. `context` is bound to
 * what is encrypted as associated data: with another one it cannot be decrypted. All methods throw
 * `kms_unavailable` when the KMS cannot be reached. The shape is that of Google Cloud KMS:
 * https://cloud.google.com/kms/docs/reference/rpc/google.cloud.kms.v1
 */
export interface Kms {
  /** Under the newest version. At most 1 KiB. */
  encrypt(dataKey: Uint8Array, context: string): Promise<WrappedKey>;
  /** @throws kms_refused when damaged, of another context, or of a version that is not there */
  decrypt(wrapped: WrappedKey, context: string): Promise<Uint8Array>;
  /** Those with which it decrypts; the last is the newest, with which it encrypts. */
  listVersions(): Promise<readonly MasterKeyVersion[]>;
}
