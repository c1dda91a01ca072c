import type { ConfigFiles } from './config-store.ts';
import type { Problem } from 'base/document/problem.ts';
import type { TenantConfig } from './tenant-config.ts';
import { checkPipelines } from './validate/check-pipeline.ts';
import { checkRules } from './validate/check-rules.ts';
import { checkSchemas } from './validate/schema/check-schemas.ts';
import { checkSources } from './validate/check-source.ts';
import { checkValues } from './validate/check-values.ts';
import { checkReferences, closureOf, referencesOf } from './validate/references.ts';
import { readFolder } from './validate/tenant-folder.ts';
import type { Loaded, TenantFolder } from './validate/tenant-folder.ts';

/** Configs by what was read; the oldest goes first. Parsing nine files costs 3 to 50 ms. */
const parsed = new Map<string, TenantConfig>();
const MAX_PARSED = 200;

/**
 * Everything that the files of a tenant declare, and every mistake in them, whatever they contain.
 * Never throws. `secretNames`: of the secrets that the tenant has.
 */
export function loadTenantConfig(
  files: ConfigFiles,
  secretNames: readonly string[] = [],
): TenantConfig {
  const key = JSON.stringify([[...files], secretNames]);
  const known = parsed.get(key);
  if (known) return known;
  const config = parseTenantConfig(files, secretNames);
  parsed.set(key, config);
  const [oldest] = parsed.keys();
  if (parsed.size > MAX_PARSED && oldest !== undefined) parsed.delete(oldest);
  return config;
}

function parseTenantConfig(files: ConfigFiles, secretNames: readonly string[]): TenantConfig {
  const folder = readFolder(files);
  const references = referencesOf(folder);
  const leansOn = closureOf(references, folder.files);
  const problems = [
    ...folder.problems,
    ...checkReferences(references, folder.files),
    ...checkPipelines(folder),
    ...checkSources(folder),
    ...checkSchemas(folder),
    ...checkRules(folder),
    ...checkValues(folder, { references, leansOn, secretNames }),
  ].toSorted(byPlace);
  return {
    pipelines: new Map(
      [...specsOf(folder.pipelines).values()].map((spec) => [spec.pipeline_id, spec]),
    ),
    sources: specsOf(folder.sources),
    checks: specsOf(folder.checks),
    schemas: specsOf(folder.schemas),
    transforms: specsOf(folder.transforms),
    problems,
    brokenFiles: brokenFiles(problems, leansOn),
    pipelineFiles: pipelineFiles(folder),
    leansOn,
  };
}

function specsOf<T>(loaded: Loaded<T>): ReadonlyMap<string, T> {
  const whole = [...loaded].filter(([, file]) => file.isWhole);
  return new Map(whole.map(([path, file]) => [path, file.spec]));
}

function byPlace(a: Problem, b: Problem): number {
  if (a.file !== b.file) return a.file < b.file ? -1 : 1;
  return a.line - b.line || a.column - b.column;
}

function brokenFiles(
  problems: readonly Problem[],
  leansOn: ReadonlyMap<string, readonly string[]>,
): ReadonlySet<string> {
  const faulty = new Set(problems.map((problem) => problem.file));
  const broken = [...leansOn].filter(([, files]) => files.some((file) => faulty.has(file)));
  return new Set(broken.map(([file]) => file));
}

/** A pipeline that does not parse still has a name by which somebody will ask for it. */
function pipelineFiles(folder: TenantFolder): ReadonlyMap<string, string> {
  const named = [...folder.documents].flatMap(([path, { value }]): [string, string][] => {
    if (!path.startsWith('pipelines/') || typeof value !== 'object' || value === null) return [];
    const id = 'pipeline_id' in value ? value.pipeline_id : undefined;
    return typeof id === 'string' ? [[id, path]] : [];
  });
  return new Map(named);
}
