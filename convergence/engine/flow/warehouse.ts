import type { Rule } from '../pipeline/spec/check-spec.ts';
import type { TableSpec } from '../pipeline/spec/table-spec.ts';
import type { TenantScope } from '../tenant/tenant-scope.ts';
import type { Measurement } from './check/measurement.ts';
import type { Column } from './normalize/column.ts';
import type { TablePlan } from './normalize/table-plan.ts';
import type { Part } from './part.ts';
import type { SourceState } from './source.ts';
import type { ModelBuild, ModelReport, SqlPlace } from './transform/model.ts';
import type { SqlDialect } from './transform/sql-dialect.ts';

/** Where the tables of tenants live: DuckDB files embedded, BigQuery in production. */
export interface Warehouse {
  /**
   * Runs `work` on the dataset of one tenant; nothing of another tenant can be reached through it.
   * @throws warehouse_busy when another process holds the file and does not let go
   */
  withDataset<T>(scope: TenantScope, work: (dataset: Dataset) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** One tenant's tables. Every method ends within a second of `signal`, with its reason thrown. */
export interface Dataset {
  // where a load stands
  /** The receipt of a load that was published, so that a repeated step does nothing twice. */
  findLoad(loadId: string): Promise<LoadReceipt | null>;
  /**
   * From now on a publish of this run with a lower fence is refused, and what was being staged
   * under one is dropped.
   * @throws lease_lost when a higher one was raised
   */
  raiseFence(runId: string, fence: bigint): Promise<void>;
  /** The published state of a resource; the version grows by one with each publish. */
  readState(key: string): Promise<{ state: SourceState; version: number } | null>;

  // normalize and check: parts -> staging table
  /** Without the load columns; null when there is no such table. */
  describeTable(table: string): Promise<readonly Column[] | null>;
  /**
   * Infers the columns of all parts, has them planned, and fills the staging table in one pass over
   * the parts wherever their first rows tell the types of the rest; the result is always that of
   * types by all rows. Replaces a staging table of the same name, which a crash may have left.
   * @throws file_unreadable, type_conflict, columns_too_many, sql_*, and what `plan` throws
   */
  stage(request: StageRequest, signal: AbortSignal): Promise<Staged>;
  /** Measures rules on a table, all row and aggregate rules in one scan. */
  measure(table: string, rules: readonly Rule[], signal: AbortSignal): Promise<Measurement[]>;

  // publish: staging table -> table, in one transaction
  /**
   * @throws lease_lost when a newer fence was raised; state_moved when another load of the same
   * resource was published since its state was read; primary_key_missing
   */
  publish(request: PublishRequest, signal: AbortSignal): Promise<LoadReceipt>;
  dropStaging(table: string): Promise<void>;

  // transform
  readonly dialect: SqlDialect;
  /** Tables that a SELECT reads, CTEs left out. @throws sql_invalid, sql_forbidden */
  referencedTables(sql: string, place?: SqlPlace): Promise<readonly string[]>;
  buildModel(build: ModelBuild, signal: AbortSignal): Promise<ModelReport>;

  // reading
  listTables(): Promise<readonly TableSummary[]>;
  /** @throws table_absent */
  tableDetail(table: string): Promise<TableDetail>;
  previewTable(table: string, limit: number): Promise<QueryResult>;
  /** Read-only SQL of the tenant. @throws sql_invalid, sql_forbidden, result_too_large */
  query(sql: string, limits: QueryLimits, signal: AbortSignal): Promise<QueryResult>;
  quarantineSummary(runId: string): Promise<readonly QuarantineGroup[]>;
}

export interface StageRequest {
  /** Name of the staging table: one per run, step and resource. */
  readonly staging: string;
  readonly parts: readonly Part[];
  /**
   * How columns of the parts, under the names of the source and in order of appearance, become the
   * columns of the table. Called again when types by a sample turn out too narrow.
   */
  plan(incoming: readonly Column[]): TablePlan;
  /** Row rules are applied to the rows; the others are left to `measure`. */
  readonly rules: readonly Rule[];
  readonly loadId: string;
  readonly runId: string;
  readonly table: string;
  readonly loadedAt: Date;
}

export interface Staged extends StageReport {
  readonly plan: TablePlan;
}

export interface StageReport {
  /** Rows in the parts. */
  readonly rowsIn: number;
  readonly rowsGood: number;
  readonly rowsQuarantined: number;
  /** One for each row rule, over the rows in the parts. */
  readonly measurements: readonly Measurement[];
}

export interface PublishRequest {
  readonly staging: string;
  readonly table: string;
  readonly plan: TablePlan;
  readonly disposition: 'append' | 'replace' | 'merge';
  readonly primaryKey: readonly string[];
  readonly loadId: string;
  readonly runId: string;
  readonly fence: bigint;
  readonly stateKey: string;
  readonly state: SourceState;
  /** Version that `readState` gave before the extraction; 0 when there was none. */
  readonly stateVersion: number;
  readonly report: StageReport;
  /** The schema file of the table, with how its rows are to lie; null: there is none. */
  readonly declared: TableSpec | null;
  readonly loadedAt: Date;
}

export interface LoadReceipt {
  readonly loadId: string;
  readonly table: string;
  readonly rowsIn: number;
  readonly rowsLoaded: number;
  readonly rowsQuarantined: number;
  readonly measurements: readonly Measurement[];
}

export interface TableSummary {
  readonly name: string;
  readonly kind: 'table' | 'view';
  readonly rows: number | null;
}

export interface TableDetail extends TableSummary {
  readonly columns: readonly { name: string; type: string }[];
  readonly lastLoad: { loadId: string; loadedAt: string; rows: number } | null;
}

export interface QueryLimits {
  readonly maxRows: number;
  readonly timeoutMs: number;
}

/** Values are JSON: large integers and decimals as strings, times in RFC 3339 UTC. */
export interface QueryResult {
  readonly columns: readonly { name: string; type: string }[];
  readonly rows: readonly (readonly unknown[])[];
  readonly truncated: boolean;
}

export interface QuarantineGroup {
  readonly table: string;
  readonly rule: string;
  readonly rows: number;
  readonly examples: readonly { part: string; row: number; record: string }[];
}
