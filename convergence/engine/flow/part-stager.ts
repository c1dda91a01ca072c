import type { Rule } from '../pipeline/spec/check-spec.ts';
import type { TenantScope } from '../tenant/tenant-scope.ts';
import type { Measurement } from './check/measurement.ts';
import type { Column } from './normalize/column.ts';
import type { Staged, StageRequest } from './warehouse.ts';

/**
 * Prepares rows for a warehouse that does not read parts itself: types them, judges them, and writes
 * them as Parquet files that every loader reads alike.
 */
export interface PartStager {
  /**
   * As `Dataset.stage`, into files of this machine, which are there until `close`. What a crash left
   * of the same staging is replaced.
   * @throws what `Dataset.stage` does; the reason of the signal
   */
  stage(scope: TenantScope, request: StageRequest, signal: AbortSignal): Promise<StagedParts>;
}

export interface StagedParts {
  readonly staged: Staged;
  /**
   * The good rows: the columns of the plan, and `ROW_COLUMN`. Times are instants in UTC; JSON, UUIDs
   * and times of the day are text; lists have no nulls, because not every warehouse holds them.
   * None when there is no row.
   */
  readonly good: readonly StagedFile[];
  /** The rows that were set aside, with `QUARANTINE_COLUMNS` in the same form. */
  readonly quarantine: readonly StagedFile[];
  /**
   * The good rows, for whoever sends few of them without a file: integers of 64 bits and decimals as
   * text, dates as `2026-01-31`, instants as `2026-01-31 12:00:00.5+00`.
   */
  readGood(signal: AbortSignal): Promise<readonly StagedRow[]>;
  /** Measures rules on the good rows. */
  measure(rules: readonly Rule[], signal: AbortSignal): Promise<Measurement[]>;
  /** Removes the files. */
  close(): Promise<void>;
}

export type StagedValue =
  | string
  | number
  | boolean
  | null
  | readonly StagedValue[]
  | { readonly [field: string]: StagedValue };

export type StagedRow = Readonly<Record<string, StagedValue>>;

export interface StagedFile {
  readonly path: string;
  readonly rows: number;
  readonly sizeBytes: number;
}

/** Grows with the order of the rows in the parts. */
export const ROW_COLUMN = '_row';

/** What is kept of a row that was set aside. */
export const QUARANTINE_COLUMNS = [
  { name: 'run_id', type: { kind: 'text' } },
  { name: 'load_id', type: { kind: 'text' } },
  { name: 'table_name', type: { kind: 'text' } },
  { name: 'part', type: { kind: 'text' } },
  { name: 'row', type: { kind: 'bigint' } },
  { name: 'rules', type: { kind: 'array', element: { kind: 'text' } } },
  { name: 'record', type: { kind: 'json' } },
  { name: 'quarantined_at', type: { kind: 'timestamptz' } },
] as const satisfies readonly Column[];
