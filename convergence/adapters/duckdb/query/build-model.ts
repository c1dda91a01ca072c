import type { DuckDBConnection } from '@duckdb/node-api';
import type { AppError } from 'base/error.ts';
import { fail } from '../../../engine/error-codes.ts';
import { stagingName } from '../../../engine/flow/publish/staging-name.ts';
import type { ModelBuild, ModelReport } from '../../../engine/flow/transform/model.ts';
import { holdFence } from '../ingest/fence.ts';
import { identifier, inTransaction, readRows, runSql } from '../run-sql.ts';
import { checkSelect } from './select-gate.ts';
import { sqlInvalid } from './sql-invalid.ts';

/**
 * Makes the table or view of a transform. Readers see the old or the new one, and views on it go on
 * working. Building again in the same run changes nothing: an append is not repeated.
 * @throws sql_invalid, sql_forbidden, lease_lost, config_invalid when a source loads that table
 */
export async function buildModel(
  connection: DuckDBConnection,
  build: ModelBuild,
): Promise<ModelReport> {
  await checkSelect(connection, build.sql, build);
  const found = await findRelation(connection, build.name);
  if (found === 'loaded') throw takenBySource(build);
  if (build.materialized === 'view') return buildView(connection, build, found);
  const isLater = build.materialized === 'incremental' && found === 'table';
  if (!isLater) return buildTable(connection, build, found);
  const repeats = build.uniqueKey.length === 0 && (await wasBuiltBy(connection, build));
  return repeats ? reportOf(connection, build) : addRows(connection, build);
}

type Relation = 'table' | 'view' | 'loaded' | null;

/** What has the name of the model now; `loaded`: a table that a source fills. */
async function findRelation(connection: DuckDBConnection, name: string): Promise<Relation> {
  const [row] = await readRows<{ relation: Relation }>(
    connection,
    `SELECT CASE WHEN table_type = 'VIEW' THEN 'view'
        WHEN EXISTS (FROM _convergence_models WHERE name = $1) THEN 'table'
        WHEN EXISTS (FROM _convergence_loads WHERE table_name = $1) THEN 'loaded'
        ELSE 'table' END AS relation
     FROM information_schema.tables
     WHERE table_catalog = current_database() AND table_schema = 'main' AND table_name = $1`,
    [name],
  );
  return row?.relation ?? null;
}

async function wasBuiltBy(connection: DuckDBConnection, build: ModelBuild): Promise<boolean> {
  const rows = await readRows(
    connection,
    'SELECT 1 FROM _convergence_models WHERE name = $1 AND run_id = $2',
    [build.name, build.runId],
  );
  return rows.length > 0;
}

async function buildView(
  connection: DuckDBConnection,
  build: ModelBuild,
  found: Relation,
): Promise<ModelReport> {
  await inTransaction(connection, async () => {
    await holdFence(connection, build.runId, build.fence);
    if (found === 'table') await runSql(connection, `DROP TABLE ${identifier(build.name)}`);
    await runModelSql(connection, build, `CREATE OR REPLACE VIEW ${identifier(build.name)} AS`);
    await recordBuild(connection, build, null);
  });
  return { name: build.name, rows: null };
}

/** Rows are written beside the old table, so that the fence is held for a moment only. */
async function buildTable(
  connection: DuckDBConnection,
  build: ModelBuild,
  found: Relation,
): Promise<ModelReport> {
  const name = identifier(build.name);
  const fresh = identifier(stagingName(build.runId, build.fence, build.name));
  try {
    await runModelSql(connection, build, `CREATE OR REPLACE TABLE ${fresh} AS`);
    await requireKey(connection, build, fresh);
    return await inTransaction(connection, async () => {
      await holdFence(connection, build.runId, build.fence);
      if (found) await runSql(connection, `DROP ${found} ${name}`);
      await runSql(connection, `ALTER TABLE ${fresh} RENAME TO ${name}`);
      return finish(connection, build);
    });
  } finally {
    await runSql(connection, `DROP TABLE IF EXISTS ${fresh}`);
  }
}

/** An incremental build after the first: rows with a known key are replaced, others are added. */
async function addRows(connection: DuckDBConnection, build: ModelBuild): Promise<ModelReport> {
  const delta = '_convergence_delta';
  try {
    await runModelSql(connection, build, `CREATE OR REPLACE TEMP TABLE ${delta} AS`);
    await requireKey(connection, build, delta);
    return await inTransaction(connection, async () => {
      await holdFence(connection, build.runId, build.fence);
      await adaptColumns(connection, build.name, delta);
      if (build.uniqueKey.length > 0) await deleteKnown(connection, build, delta);
      await runSql(connection, `INSERT INTO ${identifier(build.name)} BY NAME FROM ${delta}`);
      return finish(connection, build);
    });
  } finally {
    await runSql(connection, `DROP TABLE IF EXISTS temp.${delta}`);
  }
}

/** Runs a statement that ends with the SQL of the model; errors show the line of its file. */
async function runModelSql(
  connection: DuckDBConnection,
  build: ModelBuild,
  prefix: string,
): Promise<void> {
  const sql = `${prefix}\n${build.sql}`;
  try {
    await runSql(connection, sql);
  } catch (error) {
    const place = { file: build.file, firstLine: build.firstLine - 1 };
    throw sqlInvalid(error, { sql, place });
  }
}

/** Otherwise it would be left to chance which of the rows with one key stays. */
async function requireKey(
  connection: DuckDBConnection,
  { uniqueKey, file, materialized }: ModelBuild,
  rows: string,
): Promise<void> {
  if (materialized !== 'incremental' || uniqueKey.length === 0) return;
  const keys = uniqueKey.map(identifier).join(', ');
  const repeated = await readRows<{ count: bigint }>(
    connection,
    `SELECT count(*) AS count FROM (SELECT ${keys} FROM ${rows} GROUP BY ALL HAVING count(*) > 1)`,
  ).catch((error: unknown) => {
    throw sqlInvalid(error, { sql: '', place: { file, firstLine: 1 } });
  });
  const count = repeated[0]?.count ?? 0n;
  if (count === 0n) return;
  throw fail(
    'sql_invalid',
    `${file}: ${count} values of unique_key (${keys}) occur in several rows`,
    {
      hint: 'Give one row for each key, for example with GROUP BY, DISTINCT ON or QUALIFY.',
    },
  );
}

/** Adds the columns that are new, and widens those whose type is. */
async function adaptColumns(
  connection: DuckDBConnection,
  name: string,
  delta: string,
): Promise<void> {
  const table = identifier(name);
  const old = await typesOf(connection, `FROM ${table}`);
  const added = await typesOf(connection, `FROM ${delta}`);
  // The names of both, with the type that holds the values of both.
  const common = await typesOf(connection, `FROM ${table} UNION ALL BY NAME FROM ${delta}`);
  for (const [column, type] of common) {
    const change = `ALTER TABLE ${table} ${old.has(column) ? 'ALTER' : 'ADD'} COLUMN ${identifier(column)}`;
    if (!old.has(column)) await runSql(connection, `${change} ${type}`);
    else if (added.has(column) && old.get(column) !== type) {
      await runSql(connection, `${change} SET DATA TYPE ${type}`);
    }
  }
}

async function typesOf(connection: DuckDBConnection, query: string): Promise<Map<string, string>> {
  const rows = await readRows<{ column_name: string; column_type: string }>(
    connection,
    `SELECT column_name, column_type FROM (DESCRIBE ${query})`,
  );
  return new Map(rows.map((row) => [row.column_name, row.column_type]));
}

async function deleteKnown(
  connection: DuckDBConnection,
  { name, uniqueKey }: ModelBuild,
  delta: string,
): Promise<void> {
  const same = uniqueKey.map(
    (key) => `t.${identifier(key)} IS NOT DISTINCT FROM d.${identifier(key)}`,
  );
  await runSql(
    connection,
    `DELETE FROM ${identifier(name)} AS t USING ${delta} AS d WHERE ${same.join(' AND ')}`,
  );
}

async function finish(connection: DuckDBConnection, build: ModelBuild): Promise<ModelReport> {
  const report = await reportOf(connection, build);
  await recordBuild(connection, build, report.rows);
  return report;
}

async function reportOf(connection: DuckDBConnection, { name }: ModelBuild): Promise<ModelReport> {
  const [row] = await readRows<{ rows: bigint }>(
    connection,
    `SELECT count(*) AS rows FROM ${identifier(name)}`,
  );
  return { name, rows: Number(row?.rows) };
}

/** So that an append is not repeated, and `tables/{name}` can tell. */
async function recordBuild(
  connection: DuckDBConnection,
  { name, runId, builtAt }: ModelBuild,
  rows: number | null,
): Promise<void> {
  await runSql(connection, 'DELETE FROM _convergence_models WHERE name = $1', [name]);
  await runSql(
    connection,
    'INSERT INTO _convergence_models VALUES ($1, $2, $3::VARCHAR::TIMESTAMPTZ, $4::BIGINT)',
    [name, runId, builtAt.toISOString(), rows],
  );
}

function takenBySource({ name, file }: ModelBuild): AppError {
  return fail('config_invalid', `${file}: the table ${name} is loaded by a source`, {
    hint: 'Name the file of the transform otherwise; it makes the table that it is named for.',
  });
}
