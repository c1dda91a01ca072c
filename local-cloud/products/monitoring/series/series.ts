/** Of milliseconds, in the buckets of `LATENCY_BOUNDS_MS` and one more. */
export interface Distribution {
  readonly counts: readonly number[];
  readonly sumMs: number;
}

export type Value = number | Distribution;

export interface Point {
  /** Since 1970; the point is about the time from `startSecond` to `endSecond`. */
  readonly startSecond: number;
  readonly endSecond: number;
  readonly value: Value;
}

export interface Series {
  /** By the names that filters use, such as `resource.labels.revision_name`. */
  readonly fields: Readonly<Record<string, string>>;
  /** Oldest first. */
  readonly points: readonly Point[];
}

/** What the values are. */
export interface Shape {
  readonly kind: 'DELTA' | 'GAUGE';
  readonly type: 'INT64' | 'DOUBLE' | 'DISTRIBUTION';
  readonly unit: string;
}

export interface SeriesSet {
  readonly shape: Shape;
  readonly series: readonly Series[];
}
