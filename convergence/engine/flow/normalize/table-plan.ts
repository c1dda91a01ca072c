import type { Column } from './column.ts';

/** One column of the staging table. */
export interface PlannedColumn extends Column {
  /** Name in the parts; null when the parts do not have it and it stays null. */
  readonly source: string | null;
  /**
   * What to do with a value that does not convert: stop the load, keep the row with null, or
   * quarantine the row under the rule `schema_contract`.
   */
  readonly onMismatch: 'fail' | 'null' | 'quarantine';
}

/** A change of the published table, applied in the transaction of the publish. */
export type TableChange =
  | { readonly change: 'create' }
  | { readonly change: 'add_column'; readonly column: Column }
  | { readonly change: 'change_type'; readonly column: Column };

/** How parts become rows of a table, decided before any row is read a second time. */
export interface TablePlan {
  /** Every column of the table after this load, without the load columns. */
  readonly columns: readonly PlannedColumn[];
  readonly changes: readonly TableChange[];
  /** Names in the parts of columns whose presence sends a row to quarantine. */
  readonly forbidden: readonly string[];
  /** Filters and maps, SQL expressions over the planned columns. */
  readonly processing: readonly ({ filter: string } | { map: Record<string, string> })[];
}
