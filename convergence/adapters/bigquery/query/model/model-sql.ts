import type { TableField } from '@google-cloud/bigquery';
import type { ModelBuild } from '../../../../engine/flow/transform/model.ts';
import type { SqlParameter } from '../../client/run-query.ts';
import { TAKE_LOCK } from '../../dataset/bookkeeping.ts';
import { NEWER_FENCE } from '../../ingest/fence.ts';
import { refuseIf } from '../../ingest/refusal.ts';
import { quoteName } from '../../sql-text.ts';
import { findTables } from '../select/find-tables.ts';
import { readTokens } from '../select/sql-tokens.ts';

export interface Script {
  readonly sql: string;
  readonly parameters: Readonly<Record<string, SqlParameter>>;
}

/** Who built the table last, and whether a source loads it. */
export function relationSql(name: string): Script {
  const sql = `SELECT (SELECT MAX(run_id) FROM _convergence_models WHERE name = @name) AS built_by,
  EXISTS (SELECT 1 FROM _convergence_loads WHERE table_name = @name) AS is_loaded`;
  return { sql, parameters: { name: { type: 'STRING', value: name } } };
}

/** How the rows of a table lie. */
export interface Layout {
  readonly partition: TableField | null;
  readonly clusterBy: readonly string[];
}

/** Stands in front of the SELECT, on lines of its own, so that places in it can be told. */
export function createTableSql(table: string, { partition, clusterBy }: Layout): string {
  return [
    `CREATE OR REPLACE TABLE ${quoteName(table)}`,
    ...(partition ? [`PARTITION BY ${partitionOf(partition)}`] : []),
    ...(clusterBy.length > 0 ? [`CLUSTER BY ${clusterBy.map(quoteName).join(', ')}`] : []),
    'AS',
    '',
  ].join('\n');
}

/** By day. */
function partitionOf({ name = '', type }: TableField): string {
  return type === 'DATE' ? quoteName(name) : `${type}_TRUNC(${quoteName(name)}, DAY)`;
}

interface ViewPlace {
  readonly projectId: string;
  readonly dataset: string;
  readonly name: string;
}

/** In a view, which others read from anywhere, every table must be named with its dataset. */
export function createViewSql({ projectId, dataset, name }: ViewPlace, select: string): string {
  const path = (table: string) => quoteName(`${projectId}.${dataset}.${table}`);
  let sql = '';
  let at = 0;
  for (const { names, start, end, isFunction } of findTables(readTokens(select))) {
    if (isFunction) continue;
    sql += select.slice(at, start) + path(names.join('.'));
    at = end;
  }
  return `CREATE OR REPLACE VIEW ${path(name)} AS\n${sql}${select.slice(at)}`;
}

/** How many values of the key several rows have; NULL is a value like any other. */
export function repeatedKeysSql(rows: string, keys: readonly string[]): string {
  const columns = keys.map(keyOf('staged')).join(', ');
  return `SELECT COUNT(*) AS repeated FROM (
  SELECT 1 FROM ${quoteName(rows)} AS staged GROUP BY ${columns} HAVING COUNT(*) > 1)`;
}

/** Equal for equal values, NULL too, as BigQuery joins only by what is equal; of any type. */
function keyOf(alias: string): (key: string) => string {
  return (key) => `TO_JSON_STRING(${alias}.${quoteName(key)})`;
}

interface Delta {
  /** The table with the new rows. */
  readonly delta: string;
  readonly columns: readonly string[];
}

/** Rows with a known key are replaced, others are added; of a run without a key only once. */
export function addRowsScript(build: ModelBuild, { delta, columns }: Delta): Script {
  const name = quoteName(build.name);
  const names = columns.map(quoteName).join(', ');
  const same = build.uniqueKey.map((key) => `${keyOf(name)(key)} = ${keyOf('staged')(key)}`);
  const known =
    same.length === 0
      ? []
      : [
          `DELETE FROM ${name} WHERE EXISTS (
  SELECT 1 FROM ${quoteName(delta)} AS staged WHERE ${same.join(' AND ')})`,
        ];
  const insert = `INSERT INTO ${name} (${names}) SELECT ${names} FROM ${quoteName(delta)}`;
  const once = same.length === 0 ? [BUILT_BEFORE] : [];
  const count = `(SELECT COUNT(*) FROM ${name})`;
  return transaction(build, { refusals: once, statements: [...known, insert], count });
}

const BUILT_BEFORE = refuseIf(
  'already_published',
  'EXISTS (SELECT 1 FROM _convergence_models WHERE name = @name AND run_id = @run_id)',
);

/** That a table or view was built. */
export function recordScript(build: ModelBuild, rows: number | null): Script {
  return transaction(build, { refusals: [], statements: [], count: String(rows ?? 'NULL') });
}

interface Work {
  readonly refusals: readonly string[];
  readonly statements: readonly string[];
  /** An expression: the rows of the table afterwards. */
  readonly count: string;
}

function transaction(build: ModelBuild, { refusals, statements, count }: Work): Script {
  const all = [
    'BEGIN TRANSACTION',
    TAKE_LOCK,
    `SELECT ${[refuseIf('lease_lost', NEWER_FENCE), ...refusals].join(', ')}`,
    ...statements,
    'DELETE FROM _convergence_models WHERE name = @name',
    `INSERT INTO _convergence_models (name, run_id, built_at, \`rows\`)
  SELECT @name, @run_id, @built_at, ${count}`,
    'COMMIT TRANSACTION',
  ];
  return {
    sql: all.map((one) => `${one};\n`).join(''),
    parameters: {
      name: { type: 'STRING', value: build.name },
      run_id: { type: 'STRING', value: build.runId },
      fence: { type: 'INT64', value: String(build.fence) },
      built_at: { type: 'TIMESTAMP', value: build.builtAt.toISOString() },
    },
  };
}
