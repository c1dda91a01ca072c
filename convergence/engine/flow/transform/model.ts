/** Where SQL stands in a file of the tenant, to place errors. */
export interface SqlPlace {
  readonly file: string;
  /** Line of the file on which the SQL begins. */
  readonly firstLine: number;
}

/** One transform ready to be built: its template rendered, its place in the order decided. */
export interface ModelBuild extends SqlPlace {
  /** Table or view that it makes. */
  readonly name: string;
  readonly materialized: 'view' | 'table' | 'incremental';
  /** Rows of an incremental model replace those with the same key; empty: they are appended. */
  readonly uniqueKey: readonly string[];
  /** A column of dates or times, by whose days the rows of a table lie; DuckDB needs none. */
  readonly partitionBy?: string | undefined;
  /** Columns by which the rows of a table are sorted; DuckDB needs none. */
  readonly clusterBy?: readonly string[] | undefined;
  /** A single SELECT, in the SQL of the warehouse. */
  readonly sql: string;
  readonly runId: string;
  readonly fence: bigint;
  readonly builtAt: Date;
}

export interface ModelReport {
  readonly name: string;
  /** Rows of the table afterwards; null for a view. */
  readonly rows: number | null;
}
