/** One raw file that an extraction left on disk; the warehouse reads it as it is. */
export interface Part {
  /** Absolute path inside the parts folder of the tenant. */
  readonly path: string;
  /** What a person calls it: the source file's path, or `page 17`. */
  readonly label: string;
  readonly format: 'ndjson' | 'json' | 'csv' | 'parquet';
  readonly compression: 'none' | 'gzip' | 'zstd';
  readonly sizeBytes: number;
  /** Of a file that somebody else may write to: size and time of its last change. */
  readonly fingerprint?: string;
  readonly csv?: CsvOptions;
  /** JSON only: path of the records inside the document, as `$.items`. */
  readonly selector?: string;
}

export interface CsvOptions {
  readonly delimiter?: string;
  readonly quote?: string;
  readonly header?: boolean;
  readonly nullValues?: readonly string[];
  readonly dateFormat?: string;
  readonly timestampFormat?: string;
  readonly decimalSeparator?: '.' | ',';
  readonly encoding?: string;
  readonly skip?: number;
}
