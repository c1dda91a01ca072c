import type { CheckSpec } from './check-spec.ts';
import type { PipelineSpec } from './pipeline-spec.ts';
import type { Problem } from './problem.ts';
import type { SourceSpec } from './source-spec.ts';
import type { TableSpec } from './table-spec.ts';
import type { TransformSpec } from './transform-spec.ts';

/** Everything that a tenant declares, parsed and checked against each other. */
export interface TenantConfig {
  /** By pipeline_id. */
  readonly pipelines: ReadonlyMap<string, PipelineSpec>;
  /** The others by path in the tenant's folder, as `sources/movies.yml`. */
  readonly sources: ReadonlyMap<string, SourceSpec>;
  readonly checks: ReadonlyMap<string, CheckSpec>;
  readonly schemas: ReadonlyMap<string, TableSpec>;
  readonly transforms: ReadonlyMap<string, TransformSpec>;
  /** All mistakes of all files, in order of file and line. */
  readonly problems: readonly Problem[];
  /** Files that have a problem, or lean on one that has: what they declare must not run. */
  readonly brokenFiles: ReadonlySet<string>;
}
