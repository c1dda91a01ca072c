/** One version of an object. */
export interface FoundObject {
  /** `gs://bucket/key` or `s3://bucket/key`. */
  readonly uri: string;
  /** Another one after each write: the generation in Cloud Storage, the ETag in S3. */
  readonly version: string;
  readonly sizeBytes: number;
}

/** An object as it was listed. */
export interface ListedObject extends FoundObject {
  /** When this version was written. */
  readonly modifiedAt: Date;
}

/** An object as it was written. */
export interface PutObject extends FoundObject {
  /** Of its content, in base64 of the big-endian number (RFC 4960, appendix B). */
  readonly crc32c: string;
}

export interface PutOptions {
  /** Do not replace an object of another content. */
  readonly ifAbsent?: boolean;
  readonly signal?: AbortSignal;
}

export interface DownloadOptions {
  /** No more than this from the beginning, unchecked: for a look at a large object. */
  readonly maxBytes?: number;
  readonly signal?: AbortSignal;
}

/**
 * Objects of one kind of storage, reached with one set of credentials. Contents are streamed from
 * and to files. What fails in passing is repeated a few times before it is told.
 * All throw object_uri_invalid, storage_unreachable, storage_denied, storage_refused, bucket_absent,
 * and signal.reason when it is aborted.
 */
export interface ObjectStore {
  /** Those whose URI begins with `prefix`, in the order of the UTF-8 bytes of their keys. */
  list(prefix: string, signal?: AbortSignal): AsyncIterable<ListedObject>;
  /**
   * Brings the content of exactly that version into a local file, which appears whole and checked.
   * Until then it grows beside it as `<file>.partial`, and a later call with the same version goes
   * on behind what is there.
   * @throws object_changed when there is another version or none; object_damaged when the checksum
   *   differs
   */
  download(object: FoundObject, file: string, options?: DownloadOptions): Promise<void>;
  /**
   * Writes a local file, whole or not at all; what broke off is not sent twice when the file is
   * large. Repeating it with the same content changes nothing.
   * @throws object_exists when `ifAbsent` and there is one of another content
   */
  put(uri: string, file: string, options?: PutOptions): Promise<PutObject>;
  /** Absent is fine. */
  remove(uri: string): Promise<void>;
}
