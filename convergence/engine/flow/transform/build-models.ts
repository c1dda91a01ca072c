import type { Clock } from 'base/clock.ts';
import { fail } from '../../error-codes.ts';
import type { CheckSpec } from '../../pipeline/spec/check-spec.ts';
import type { TransformSpec } from '../../pipeline/spec/transform-spec.ts';
import type { Dataset } from '../warehouse.ts';
import type { ModelReport } from './model.ts';
import { orderModels } from './model-graph.ts';
import type { ModelNode } from './model-graph.ts';
import { renderTemplate } from './render-template.ts';
import type { TemplateValues } from './render-template.ts';

export interface ModelJob {
  /** The transforms of a step, in any order. */
  readonly models: readonly TransformSpec[];
  /** All check files of the tenant, by path. */
  readonly checks: ReadonlyMap<string, CheckSpec>;
  readonly values: TemplateValues;
  /** The run whose repetition must not append rows a second time. */
  readonly runId: string;
  readonly fence: bigint;
  readonly signal: AbortSignal;
}

export interface ModelDeps {
  readonly dataset: Dataset;
  readonly clock: Clock;
  /** Measures rules on a table that was built, records the verdicts, throws when it must not stay. */
  checkTable(table: string, check: CheckSpec): Promise<void>;
  onBuilt(report: ModelReport): void;
}

interface RenderedModel extends ModelNode {
  readonly spec: TransformSpec;
  readonly sql: string;
}

/**
 * The SQL files of a step: rendered, ordered by what they read, built one after the other, each
 * checked before the next. Every mistake in names, templates and order is found before anything is
 * built. Called again after a crash it builds all of them anew, which changes nothing.
 */
export async function buildModels(job: ModelJob, deps: ModelDeps): Promise<ModelReport[]> {
  const tables = await deps.dataset.listTables();
  const stored = new Set(tables.filter(({ kind }) => kind === 'table').map(({ name }) => name));
  const models: RenderedModel[] = [];
  for (const spec of job.models) models.push(await renderModel(spec, job, { ...deps, stored }));
  const ordered = orderModels(
    models,
    tables.map(({ name }) => name),
  );
  const reports: ModelReport[] = [];
  for (const model of ordered) reports.push(await buildAndCheck(model, job, deps));
  return reports;
}

async function renderModel(
  spec: TransformSpec,
  job: ModelJob,
  { dataset, stored }: ModelDeps & { stored: ReadonlySet<string> },
): Promise<RenderedModel> {
  const isIncremental = spec.header.materialized === 'incremental' && stored.has(spec.name);
  const { sql, refs } = renderTemplate(spec, job.values, {
    isIncremental,
    dialect: dataset.dialect,
  });
  const read = await dataset.referencedTables(sql, spec);
  return { name: spec.name, file: spec.file, reads: [...new Set([...refs, ...read])], spec, sql };
}

async function buildAndCheck(
  { spec, sql }: RenderedModel,
  job: ModelJob,
  deps: ModelDeps,
): Promise<ModelReport> {
  const { name, file, firstLine, header } = spec;
  const build = {
    name,
    file,
    firstLine,
    sql,
    materialized: header.materialized,
    uniqueKey: header.unique_key ?? [],
    partitionBy: header.partition_by,
    clusterBy: header.cluster_by,
    runId: job.runId,
    fence: job.fence,
    builtAt: deps.clock.now(),
  };
  const report = await deps.dataset.buildModel(build, job.signal);
  deps.onBuilt(report);
  for (const path of header.checks ?? []) {
    const check = job.checks.get(path);
    if (!check) throw fail('config_invalid', `${file}: there is no check file ${path}`);
    await deps.checkTable(name, check);
  }
  return report;
}
