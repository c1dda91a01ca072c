import { fail } from '../error-codes.ts';
import type { CheckSpec } from './spec/check-spec.ts';
import { configError } from './config-error.ts';
import { suggest } from 'base/document/nearest.ts';
import { orList } from 'base/document/show-value.ts';
import type { PipelineSpec } from './spec/pipeline-spec.ts';
import type { Problem } from 'base/document/problem.ts';
import type { SourceSpec } from './spec/source-spec.ts';
import type { TableSpec } from './spec/table-spec.ts';
import type { TransformSpec } from './spec/transform-spec.ts';

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
  /** File of each pipeline_id, also of pipelines too broken to be among `pipelines`. */
  readonly pipelineFiles: ReadonlyMap<string, string>;
  /** By file all files that it leans on, through others too, itself first. */
  readonly leansOn: ReadonlyMap<string, readonly string[]>;
}

const FILE_NAME = /([^/]+)\.\w+$/;

/**
 * A pipeline that may run.
 * @throws pipeline_absent; config_invalid with the problems of all files that it leans on
 */
export function requirePipeline(config: TenantConfig, pipelineId: string): PipelineSpec {
  const file = config.pipelineFiles.get(pipelineId);
  if (file === undefined) throw absent(config, pipelineId);
  const pipeline = config.pipelines.get(pipelineId);
  if (pipeline && !config.brokenFiles.has(file)) return pipeline;
  const files = config.leansOn.get(file) ?? [file];
  throw configError(config.problems.filter((problem) => files.includes(problem.file)));
}

/** Of a file that does not parse nobody knows the ids; its name is the best guess. */
function absent(config: TenantConfig, pipelineId: string): Error {
  const understood = new Set(config.pipelineFiles.values());
  const unclear = config.problems.filter(
    ({ file }) => file.startsWith('pipelines/') && !understood.has(file),
  );
  const own = unclear.filter(({ file }) => FILE_NAME.exec(file)?.[1] === pipelineId);
  if (own.length > 0) return configError(own);
  const known = [...config.pipelineFiles.keys()];
  const there = suggest(pipelineId, known) ?? `There is ${orList(known) || 'none yet'}.`;
  const files = [...new Set(unclear.map(({ file }) => file))].join(', ');
  const hint = files === '' ? there : `${there} Mistakes hide what is in ${files}.`;
  return fail('pipeline_absent', `there is no pipeline '${pipelineId.slice(0, 100)}'`, { hint });
}
