/** Encrypted values of the platform itself, by name. */
export interface SealedValues {
  /** Undefined when there is none. @throws kms_refused, kms_unavailable */
  read(name: string): Promise<string | undefined>;
  /** The value that is there now: this one, or what another process has kept before. */
  keep(name: string, value: string): Promise<string>;
  /** In place of one that cannot be decrypted any more. */
  replace(name: string, value: string): Promise<void>;
}

/** Brings what is encrypted under an older master key under the newest. */
export interface Rewrapper {
  /** In batches, each of them kept as it is done; may be broken off and repeated. */
  rewrapAll(): Promise<RewrapReport>;
  /** How many values are under each version of the master key. */
  countByVersion(): Promise<ReadonlyMap<string, number>>;
}

export interface RewrapReport {
  readonly rewrapped: number;
  /** What could not be decrypted, as `convergence/tenant/acme_corp/credential/token`. */
  readonly refused: readonly string[];
}
