import { AppError } from 'base/error.ts';
import { nearest } from 'base/document/nearest.ts';
import type { Problem } from 'base/document/problem.ts';
import type { Analysis, SqlContext } from 'googlesql/googlesql.ts';
import { GoogleSqlError } from 'googlesql/googlesql-error.ts';
import type { Field } from 'googlesql/field.ts';
import { orderModels } from '../../../engine/flow/transform/model-graph.ts';
import type { ModelNode } from '../../../engine/flow/transform/model-graph.ts';
import { placeInFile, renderTemplate } from '../../../engine/flow/transform/render-template.ts';
import type { Rendered } from '../../../engine/flow/transform/render-template.ts';
import type { TransformSpec } from '../../../engine/pipeline/spec/transform-spec.ts';
import type { TenantConfig } from '../../../engine/pipeline/tenant-config.ts';
import { findLayoutFaults } from '../query/model/layout-faults.ts';
import { checkSelect } from '../query/select/select-gate.ts';
import { quoteName, quoteText } from '../sql-text.ts';
import { knownTables } from './known-tables.ts';
import type { KnownTables } from './known-tables.ts';

/** As much of `GoogleSql` as judging needs. */
export interface SqlAnalyzer {
  parse(sql: string): Promise<unknown>;
  analyze(sql: string, context: SqlContext): Promise<Analysis>;
}

export interface SqlJudgement {
  readonly problems: readonly Problem[];
  /** What could not be judged, and why. */
  readonly remarks: readonly Problem[];
}

interface Model extends ModelNode {
  readonly spec: TransformSpec;
  /** As it is first built, and for an incremental one as it is built later. */
  readonly renderings: readonly Rendered[];
}

/** Any project and dataset will do: nothing outside the dataset can be named. */
const SCOPE = { project: 'offline', dataset: 'tenant' };

/**
 * The SQL of all transforms of a tenant as Google's own analyzer reads it: each over the columns that
 * schemas declare and that the transforms before it give. Reads no warehouse.
 */
export async function judgeTransforms(
  sql: SqlAnalyzer,
  config: TenantConfig,
): Promise<SqlJudgement> {
  const judging: Judging = { sql, tables: knownTables(config), problems: [], remarks: [] };
  const models: Model[] = [];
  for (const spec of config.transforms.values()) {
    const model = attempt(judging, spec, () => renderModel(spec, config));
    if (model) models.push(model);
  }
  for (const model of orderOf(judging, models)) await judgeModel(judging, model);
  return judging;
}

interface Judging {
  readonly sql: SqlAnalyzer;
  readonly tables: KnownTables;
  readonly problems: Problem[];
  readonly remarks: Problem[];
}

function renderModel(spec: TransformSpec, config: TenantConfig): Model {
  const values = {
    tenantId: 'tenant',
    runId: '00000000-0000-0000-0000-000000000000',
    runDate: '2026-01-01',
    intervalEnd: '2026-01-02',
    params: parametersFor(spec, config),
  };
  const dialect = { quoteName, quoteText };
  const isLater = spec.header.materialized === 'incremental' ? [false, true] : [false];
  const renderings = isLater.map((isIncremental) =>
    renderTemplate(spec, values, { isIncremental, dialect }),
  );
  const reads = renderings.flatMap((rendered) => [
    ...rendered.refs,
    ...checkRendered(spec, rendered),
  ]);
  return { name: spec.name, file: spec.file, reads: [...new Set(reads)], spec, renderings };
}

/** The defaults of all pipelines that run the file; a parameter without one is NULL. */
function parametersFor({ file }: TransformSpec, config: TenantConfig) {
  const using = [...config.pipelines.values()].filter(({ pipeline_id: id }) =>
    config.leansOn.get(config.pipelineFiles.get(id) ?? '')?.includes(file),
  );
  return Object.assign({}, ...using.map(({ parameters }) => parameters)) as Readonly<
    Record<string, string | number | boolean | null>
  >;
}

/** The place in the file, where the gate has the one in what was rendered of it. */
function checkRendered(spec: TransformSpec, rendered: Rendered): readonly string[] {
  try {
    return checkSelect({ sql: rendered.sql }).tables;
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const { line = 1, column = 1 } = error.details as { line?: number; column?: number };
    throw problemAt({ spec, rendered }, { line, column, message: bare(error) });
  }
}

function orderOf(judging: Judging, models: readonly Model[]): readonly Model[] {
  const reads = models.flatMap((model) => model.reads);
  try {
    return orderModels(models, reads);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const file = models.find((model) => error.message.includes(model.file))?.file ?? '';
    judging.problems.push({ file, line: 1, column: 1, path: '', message: error.message });
    return [];
  }
}

async function judgeModel(judging: Judging, model: Model): Promise<void> {
  const { tables, remarks, sql } = judging;
  const own = model.name.toLowerCase();
  const unknown = model.reads.filter((name) => name.toLowerCase() !== own && !tables.fields(name));
  if (unknown.length > 0) tables.add(model.name, null);
  for (const rendered of model.renderings) {
    const isUnderstood = await understood(judging, { model, rendered }, () =>
      sql.parse(rendered.sql),
    );
    if (!isUnderstood) return tables.add(model.name, null);
    if (unknown.length > 0) continue;
    const columns = await judgeColumns(judging, { model, rendered });
    // What a later build reads of its own table is what the first made.
    if (!tables.isMade(own)) tables.add(model.name, columns);
    if (!columns) return;
  }
  if (unknown.length > 0) remarks.push(remarkOn(model, unknownText(unknown, tables)));
}

function unknownText(unknown: readonly string[], tables: KnownTables): string {
  const told = unknown.map((name) => {
    if (tables.names().some((known) => known.toLowerCase() === name.toLowerCase())) return name;
    const near = nearest(name, tables.names());
    return `${name} (which nothing here makes${near ? `; did you mean '${near}'?` : ''})`;
  });
  return `only the grammar was judged: the columns of ${told.join(', ')} are not known; declare them in schemas/`;
}

interface Rendition {
  readonly model: Model;
  readonly rendered: Rendered;
}

async function judgeColumns(
  judging: Judging,
  rendition: Rendition,
): Promise<readonly Field[] | null> {
  const { model, rendered } = rendition;
  const context = { ...SCOPE, tables: judging.tables.inDataset(SCOPE) };
  const analysis = await understood(judging, rendition, () =>
    judging.sql.analyze(rendered.sql, context),
  );
  if (!analysis) return null;
  const columns = analysis.columns ?? [];
  const {
    unique_key: uniqueKey = [],
    partition_by: partitionBy,
    cluster_by: clusterBy,
  } = model.spec.header;
  const faults = findLayoutFaults({ uniqueKey, partitionBy, clusterBy }, columns);
  for (const message of faults) judging.problems.push(remarkOn(model, message));
  return faults.length === 0 ? columns : null;
}

/** Null when the analyzer refuses, which is noted. */
async function understood<T>(
  judging: Judging,
  { model, rendered }: Rendition,
  work: () => Promise<T>,
): Promise<T | null> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof GoogleSqlError)) throw error;
    const { line, column, message } = error;
    const found = { line: line ?? 1, column: column ?? 1, message };
    const { problem } = problemAt({ spec: model.spec, rendered }, found);
    if (!NEWER.test(message)) judging.problems.push(problem);
    else judging.remarks.push({ ...problem, message: `not judged: ${message} by the analyzer` });
    return null;
  }
}

/** What BigQuery has learned since the analyzer of this version was made. */
const NEWER = /^GROUP BY ALL is not supported/;

function remarkOn({ file, spec }: Model, message: string): Problem {
  return { file, line: spec.firstLine, column: 1, path: '', message };
}

/** A mistake in a transform on its way to the list of them. */
class Misplaced extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.message);
    this.problem = problem;
  }
}

interface Found {
  /** In the rendered SQL, from 1; columns are characters. */
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

function problemAt(
  { spec, rendered }: { spec: TransformSpec; rendered: Rendered },
  { line, column, message }: Found,
): Misplaced {
  const lines = rendered.sql.split('\n');
  const before = lines.slice(0, line - 1).reduce((sum, text) => sum + text.length + 1, 0);
  const within = Array.from(lines[line - 1] ?? '')
    .slice(0, column - 1)
    .join('').length;
  const place = placeInFile(spec, rendered.origin(before + within));
  return new Misplaced({ file: spec.file, ...place, path: '', message });
}

function attempt<T>(judging: Judging, { file }: TransformSpec, work: () => T): T | null {
  try {
    return work();
  } catch (error) {
    if (error instanceof Misplaced) {
      judging.problems.push(error.problem);
      return null;
    }
    if (!(error instanceof AppError)) throw error;
    const { line = 1, column = 1 } = error.details as { line?: number; column?: number };
    judging.problems.push({ file, line, column, path: '', message: bare(error) });
    return null;
  }
}

/** What is wrong, without the place and the line of the SQL. */
function bare(error: AppError): string {
  const [first = ''] = error.message.split('\n');
  return first.replace(/^(?:line \d+, column \d+|[^\s:]+:\d+:\d+): /, '');
}
