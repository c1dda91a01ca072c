import type { Clock } from 'base/clock.ts';
import type { CheckSpec } from '../pipeline/spec/check-spec.ts';
import type { LoadSpec } from '../pipeline/spec/resource-spec.ts';
import type { SourceSpec } from '../pipeline/spec/source-spec.ts';
import type { TableSpec } from '../pipeline/spec/table-spec.ts';
import type { RuleVerdict } from './check/verdict.ts';
import type { PartFolder, PartStore } from './extract/parts/part-store.ts';
import type { Source } from './source.ts';
import type { Warehouse } from './warehouse.ts';

export interface FlowDeps {
  readonly sources: Readonly<Record<SourceSpec['type'], Source>>;
  readonly warehouse: Warehouse;
  readonly parts: PartStore;
  readonly clock: Clock;
}

/** One ingest step: what is loaded, for which run, and who is told. */
export interface Ingest {
  readonly rootRunId: string;
  readonly fence: bigint;
  readonly step: string;
  /** Path of the source file; with the resource it names the state. */
  readonly sourceFile: string;
  readonly source: SourceSpec;
  /** Only these resources are loaded; null: all. */
  readonly only: readonly string[] | null;
  readonly schemas: ReadonlyMap<string, TableSpec>;
  readonly checks: ReadonlyMap<string, CheckSpec>;
  readonly signal: AbortSignal;
  readonly observer: LoadObserver;
  readonly quota: LoadQuota;
}

/** What loads take of the plan of their tenant. */
export interface LoadQuota {
  /** @throws quota_exceeded when nothing is left for a further load */
  check(): Promise<void>;
  /** Counts a load once, however often it is said. @throws quota_exceeded when it does not fit */
  count(loadId: string, size: { rows: number; bytes: number }): Promise<void>;
}

export interface LoadObserver {
  progress(progress: LoadProgress): void;
  noticed(message: string): void;
  /** Told before a bad verdict stops the load. */
  judged(judgement: LoadJudgement): void;
  loaded(report: LoadReport): void;
}

export interface LoadProgress {
  readonly resource: string;
  readonly phase: 'extract' | 'stage' | 'publish';
  readonly rows: number | null;
  readonly bytes: number;
  readonly parts: number;
}

export interface LoadJudgement {
  readonly table: string;
  readonly rowsIn: number;
  readonly rowsQuarantined: number;
  readonly verdicts: readonly RuleVerdict[];
}

/** What became of one resource. */
export interface LoadReport {
  readonly resource: string;
  readonly table: string;
  readonly rowsIn: number;
  readonly rowsLoaded: number;
  readonly rowsQuarantined: number;
  /** Nothing was new, so the table stayed as it was. */
  readonly unchanged: boolean;
}

/** One resource within an ingest. */
export interface ResourceLoad {
  readonly ingest: Ingest;
  readonly spec: LoadSpec;
  /** False: it is read for its children only, and not loaded. */
  readonly wanted: boolean;
  /** Resources whose records it is read by. */
  readonly parents: readonly string[];
  readonly folder: PartFolder;
  readonly loadId: string;
  readonly stateKey: string;
}

/** The schema file of the table; null: it has none. */
export function declaredTable({ spec, ingest }: ResourceLoad): TableSpec | null {
  return (spec.schemaFile && ingest.schemas.get(spec.schemaFile)) || null;
}
