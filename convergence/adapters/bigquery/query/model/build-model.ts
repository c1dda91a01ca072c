import type { TableField, TableMetadata } from '@google-cloud/bigquery';
import { AppError } from 'base/error.ts';
import { fail } from '../../../../engine/error-codes.ts';
import { widenType } from '../../../../engine/flow/normalize/widen-type.ts';
import { stagingName } from '../../../../engine/flow/publish/staging-name.ts';
import type { ModelBuild, ModelReport } from '../../../../engine/flow/transform/model.ts';
import { runJob } from '../../client/run-job.ts';
import { columnOf } from '../../column-type.ts';
import { evolveTable } from '../../dataset/evolve-table.ts';
import { runTransaction, selectRows } from '../../dataset/run-sql.ts';
import { dropTable, findTable } from '../../dataset/table.ts';
import type { TenantDataset } from '../../dataset/tenant-dataset.ts';
import { leaseLost, readFence } from '../../ingest/fence.ts';
import { refusalOf } from '../../ingest/refusal.ts';
import { stagingTable } from '../../ingest/staging-table.ts';
import { findLayoutFaults } from './layout-faults.ts';
import {
  addRowsScript,
  createTableSql,
  createViewSql,
  recordScript,
  relationSql,
  repeatedKeysSql,
} from './model-sql.ts';
import type { Layout, Script } from './model-sql.ts';
import { allowSelect, runSelect } from '../select/run-select.ts';
import type { AllowedSelect, SelectLimits } from '../select/run-select.ts';

/**
 * Makes the table or view of a transform. Readers see the old or the new one, and views on it go on
 * working. Building again in the same run changes nothing: an append is not repeated.
 * @throws sql_invalid, sql_forbidden, lease_lost, config_invalid when a source loads that table
 */
export async function buildModel(
  dataset: TenantDataset,
  { build, maxBytesBilled }: { build: ModelBuild; maxBytesBilled?: number | undefined },
  signal: AbortSignal,
): Promise<ModelReport> {
  const model = { ...(await openModel(dataset, build, signal)), limits: { maxBytesBilled } };
  if (build.materialized === 'view') return buildView(model);
  const isLater = build.materialized === 'incremental' && model.found?.type === 'TABLE';
  const repeats = isLater && build.uniqueKey.length === 0 && model.builtBy === build.runId;
  if (repeats) return reportOf(model);
  const delta = stagingTable(stagingName(build.runId, build.fence, build.name));
  try {
    await stageRows(model, delta, isLater);
    await (isLater ? addRows(model, delta) : replaceTable(model, delta));
    return await reportOf(model);
  } finally {
    await dropTable(dataset, delta);
  }
}

/** A build under way. */
interface Model {
  readonly dataset: TenantDataset;
  readonly build: ModelBuild;
  readonly signal: AbortSignal;
  /** One statement, without a semicolon. */
  readonly sql: string;
  /** What has the name of the model now. */
  readonly found: TableMetadata | null;
  /** The run that built it last. */
  readonly builtBy: string | null;
  readonly layout: Layout;
  readonly limits: SelectLimits;
}

async function openModel(
  dataset: TenantDataset,
  build: ModelBuild,
  signal: AbortSignal,
): Promise<Omit<Model, 'limits'>> {
  const given = { sql: build.sql, place: build };
  const { sql, fields } = await allowSelect(dataset, given, signal);
  const [fault] = findLayoutFaults(build, fields);
  if (fault !== undefined) throw fail('sql_invalid', `${build.file}: ${fault}`);
  const found = await findTable(dataset, build.name, signal);
  const [known] = await selectRows(dataset, relationSql(build.name), signal);
  const builtBy = (known?.built_by as string | null) ?? null;
  if (found && builtBy === null && known?.is_loaded === 'true') throw takenBySource(build);
  return { dataset, build, signal, sql, found, builtBy, layout: layoutOf(build, fields) };
}

function layoutOf(
  { partitionBy = '', clusterBy = [] }: ModelBuild,
  fields: AllowedSelect['fields'],
): Layout {
  const named = ({ name = '' }: TableField) => name.toLowerCase() === partitionBy.toLowerCase();
  return { partition: fields.find(named) ?? null, clusterBy };
}

/** A view that replaces a table leaves readers without either for a moment. */
async function buildView(model: Model): Promise<ModelReport> {
  const { dataset, build, sql, found, signal } = model;
  await transact(model, recordScript(build, null));
  if (found && found.type !== 'VIEW') await dropTable(dataset, build.name);
  const target = { projectId: dataset.client.projectId, dataset: dataset.id, name: build.name };
  const given = { sql: build.sql, place: build };
  await runSelect(dataset, { given, sql: createViewSql(target, sql), linesBefore: 1 }, signal);
  return { name: build.name, rows: null };
}

const NO_LAYOUT: Layout = { partition: null, clusterBy: [] };

/** The rows of the SELECT, beside the table. */
async function stageRows(model: Model, delta: string, isLater: boolean): Promise<void> {
  const { dataset, build, sql, signal } = model;
  const prefix = createTableSql(delta, isLater ? NO_LAYOUT : model.layout);
  const linesBefore = prefix.split('\n').length - 1;
  const given = { sql: build.sql, place: build };
  await runSelect(dataset, { given, sql: prefix + sql, linesBefore, limits: model.limits }, signal);
  if (build.materialized !== 'incremental' || build.uniqueKey.length === 0) return;
  const [row] = await selectRows(dataset, { sql: repeatedKeysSql(delta, build.uniqueKey) }, signal);
  const count = Number(row?.repeated ?? 0);
  if (count > 0) throw repeatedKeys(build, count);
}

/**
 * Whoever raises the fence drops what was staged under a lower one, and after this transaction has
 * seen the fence, a copy either finds its rows or somebody else has taken the run over: so the copy
 * itself, which is atomic and costs nothing, needs no transaction, and BigQuery would take none.
 */
async function replaceTable(model: Model, delta: string): Promise<void> {
  const { dataset, build, found, signal } = model;
  const staged = await findTable(dataset, delta, signal);
  await transact(model, recordScript(build, Number(staged?.numRows ?? 0)));
  if (found && !hasLayout(found, build)) await dropTable(dataset, build.name);
  const place = (tableId: string) => ({
    projectId: dataset.client.projectId,
    datasetId: dataset.id,
    tableId,
  });
  const copy = {
    sourceTable: place(delta),
    destinationTable: place(build.name),
    writeDisposition: 'WRITE_TRUNCATE',
  };
  await runJob(dataset.client, { configuration: { copy, labels: dataset.labels } }, signal);
}

/** BigQuery does not change the partitions of a table, so one with others is made anew. */
function hasLayout({ type, timePartitioning, clustering }: TableMetadata, build: ModelBuild) {
  const clusters = (clustering?.fields ?? []).join().toLowerCase();
  return (
    type === 'TABLE' &&
    (timePartitioning?.field ?? '').toLowerCase() === (build.partitionBy ?? '').toLowerCase() &&
    clusters === (build.clusterBy ?? []).join().toLowerCase()
  );
}

/** An incremental build after the first: rows with a known key are replaced, others are added. */
async function addRows(model: Model, delta: string): Promise<void> {
  const { dataset, build, signal } = model;
  const staged = await findTable(dataset, delta, signal);
  const fields: readonly TableField[] = staged?.schema?.fields ?? [];
  await adaptColumns(model, fields);
  const columns = fields.map(({ name = '' }) => name);
  await transact(model, addRowsScript(build, { delta, columns }));
}

/** Adds the columns that are new, and widens those whose type is. */
async function adaptColumns({ dataset, build, signal }: Model, fields: readonly TableField[]) {
  const before = await findTable(dataset, build.name, signal);
  if (!before) throw new Error(`table ${build.name} went away while it was being built`);
  const current: readonly TableField[] = before.schema?.fields ?? [];
  const added = new Map(fields.map((field) => [field.name, columnOf(field)]));
  const kept = current.map(columnOf).map(({ name, type }) => {
    const other = added.get(name);
    added.delete(name);
    return { name, type: other ? widenType(type, other.type) : type };
  });
  const columns = [...kept, ...added.values()].map(({ name, type }) => {
    return { name, type, source: null, onMismatch: 'fail' as const };
  });
  const plan = { columns, changes: [], forbidden: [], processing: [] };
  try {
    await evolveTable(dataset, { before, plan }, signal);
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'type_conflict') throw error;
    throw fail('sql_invalid', `${build.file}: ${error.message}`, {
      hint: 'Cast the column in the SELECT to the type that it had, or let the table be made anew.',
    });
  }
}

/** @throws lease_lost */
async function transact({ dataset, build, signal }: Model, script: Script): Promise<void> {
  try {
    await runTransaction(dataset, script, signal);
  } catch (error) {
    const refusal = refusalOf(error);
    if (refusal === 'already_published') return;
    if (refusal !== 'lease_lost') throw error;
    const newer = await readFence(dataset, build.runId);
    throw leaseLost(build.runId, { fence: build.fence, newer });
  }
}

async function reportOf({ dataset, build, signal }: Model): Promise<ModelReport> {
  const made = await findTable(dataset, build.name, signal);
  return { name: build.name, rows: Number(made?.numRows ?? 0) };
}

function takenBySource({ name, file }: ModelBuild): Error {
  return fail('config_invalid', `${file}: the table ${name} is loaded by a source`, {
    hint: 'Name the file of the transform otherwise; it makes the table that it is named for.',
  });
}

function repeatedKeys({ file, uniqueKey }: ModelBuild, count: number): Error {
  const keys = uniqueKey.join(', ');
  const values = `${count} values of unique_key (${keys})`;
  return fail('sql_invalid', `${file}: ${values} occur in several rows`, {
    hint: 'Give one row for each key, for example with GROUP BY or QUALIFY.',
  });
}
