import type { TenantScope } from '../tenant-scope.ts';
import type { ExportedFile, Manifest, OffboardReport } from './offboard-report.ts';

/** Folders into which tenants are exported, in a place that belongs to the operator. */
export interface ExportStore {
  /** Before the name of a folder, for people: `exports`, or a place in object storage. */
  readonly location: string;
  /** Of an offboarding that has ended; null when none has, with this folder. */
  readReport(folder: string): Promise<OffboardReport | null>;
  /**
   * Makes the folder, or goes on with one that was begun for the same tenant.
   * @throws export_exists when it holds something else
   */
  openExport(scope: TenantScope, folder: string): Promise<TenantExport>;
}

export interface TenantExport {
  /** Absolute path of the folder for the tables, which exists. */
  readonly tablesFolder: string;
  readManifest(): Promise<Manifest | null>;
  /** The first one stays: it is given back when there was one already. */
  writeManifest(manifest: Manifest): Promise<Manifest>;
  /** One JSON array, one row a line. */
  writeRecords(kind: string, pages: AsyncIterable<readonly object[]>): Promise<ExportedFile>;
  writeReport(report: OffboardReport): Promise<void>;
}
