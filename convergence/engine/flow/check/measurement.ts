import type { Rule } from '../../pipeline/spec/check-spec.ts';

/** What a warehouse counted for one rule; the verdict is decided from it. */
export interface Measurement {
  readonly rule: Rule;
  /** Rows that the rule looked at (row_condition true, and for values not null). */
  readonly rowsTested: number;
  readonly rowsFailed: number;
  /** Mean, row count, age in seconds, number of bad rows …; null when there is none. */
  readonly observed: number | string | null;
  /** Up to five failing values, as text. */
  readonly samples: readonly string[];
  /** Why the rule could not be measured (no such column, error in SQL); then it has failed. */
  readonly problem?: string;
}
