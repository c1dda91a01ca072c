/**
 * The types of columns, independent of any warehouse. `json` holds what has no single shape;
 * `text` is where every scalar can end up.
 */
export type ColumnType =
  | { readonly kind: ScalarKind }
  | { readonly kind: 'decimal'; readonly precision: number; readonly scale: number }
  | { readonly kind: 'array'; readonly element: ColumnType }
  | { readonly kind: 'struct'; readonly fields: readonly Column[] };

export type ScalarKind =
  | 'boolean'
  | 'bigint'
  | 'double'
  | 'text'
  | 'date'
  | 'time'
  | 'timestamp'
  | 'timestamptz'
  | 'uuid'
  | 'binary'
  | 'json';

export interface Column {
  readonly name: string;
  readonly type: ColumnType;
  /** Absent means true. */
  readonly nullable?: boolean;
}

/** Columns that every loaded table has besides its own. */
export const LOAD_COLUMNS = ['_load_id', '_loaded_at'] as const;
