/** One transform ready to be built: its template rendered, its place in the order decided. */
export interface ModelBuild {
  /** Table or view that it makes. */
  readonly name: string;
  readonly materialized: 'view' | 'table' | 'incremental';
  /** Rows of an incremental model replace those with the same key; empty: they are appended. */
  readonly uniqueKey: readonly string[];
  /** A single SELECT, in the SQL of the warehouse. */
  readonly sql: string;
  /** File and line on which `sql` begins, to place errors. */
  readonly file: string;
  readonly firstLine: number;
  readonly runId: string;
  readonly fence: bigint;
  readonly builtAt: Date;
}

export interface ModelReport {
  readonly name: string;
  /** Rows of the table afterwards; null for a view. */
  readonly rows: number | null;
}
