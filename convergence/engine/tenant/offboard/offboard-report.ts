/** One file of an export. */
export interface ExportedFile {
  /** Name of the table, or of a kind of records. */
  readonly name: string;
  /** Below the folder of the export, as `tables/orders.parquet`; null when it could not be written. */
  readonly file: string | null;
  readonly rows: number;
  readonly sizeBytes: number;
  /** Why a view of the tenant gives no rows. */
  readonly problem?: string;
}

/** What an export holds, and what the tenant held on disk when it was made. */
export interface Manifest {
  readonly tenantId: string;
  readonly tables: readonly ExportedFile[];
  readonly records: readonly ExportedFile[];
  /** Sizes of the database file and of the raw parts of runs. */
  readonly held: { readonly warehouseBytes: number; readonly partsBytes: number };
}

export interface OffboardReport extends Manifest {
  /** Below DATA_DIR/exports; null when nothing was exported. */
  readonly folder: string | null;
  /** Removed rows of the control database by table; tables without any are left out. */
  readonly removedRows: Readonly<Record<string, number>>;
}
