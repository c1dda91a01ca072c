import type { DuckDBConnection } from '@duckdb/node-api';
import type { SqlPlace } from '../../../engine/flow/transform/model.ts';
import { offsetOf, parseSelect } from './parse-select.ts';
import type { SqlNode } from './parse-select.ts';
import { sqlErrorAt } from '../../../engine/flow/transform/sql-error.ts';
import type { TenantSql } from '../../../engine/flow/transform/sql-error.ts';

/**
 * Functions that read something else than their arguments and the tables of the query, or that
 * change something: settings, variables, sequences, logs, other SQL in a string. DuckDB has no
 * privileges, so this list is the wall; a test holds it against all functions of the pinned version.
 */
const FORBIDDEN_NAMES: ReadonlySet<string> = new Set([
  'add_parquet_key',
  'col_description',
  'currval',
  'format_type',
  'get_block_size',
  'getenv',
  'getvariable',
  'glob',
  'in_search_path',
  'nextval',
  'obj_description',
  'parse_duckdb_log_message',
  'query',
  'query_table',
  'session_user',
  'setseed',
  'shobj_description',
  'sleep_ms',
  'txid_current',
  'user',
  'write_log',
]);

const FORBIDDEN_PREFIXES =
  /^(?:__internal|duckdb_|pg_|pragma_|read_|parquet_|sniff_|has_.*_privilege|has_foreign|inet_|json_serialize|json_deserialize|json_execute|current_(?!date|local|time))/;

/** Table functions that only make rows out of their arguments; all others are forbidden. */
const ALLOWED_TABLE_FUNCTIONS: ReadonlySet<string> = new Set([
  'generate_series',
  'json_each',
  'json_tree',
  'range',
  'unnest',
]);

/**
 * A name that DuckDB can only take for a table: no dot, slash, colon or star, with which it would
 * look for a file or a URL of that name.
 */
const TABLE_NAME = /^[\p{L}_][\p{L}\p{N}_ $-]*$/u;
const SYSTEM_VIEW = /^(?:duckdb_|pg_|pragma_|sqlite_)/i;

const QUERIES = 'SELECT_NODE SET_OPERATION_NODE RECURSIVE_CTE_NODE CTE_NODE';
const SOURCES = 'EMPTY BASE_TABLE JOIN SUBQUERY TABLE_FUNCTION EXPRESSION_LIST PIVOT SHOW_REF';
const MODIFIERS = 'ORDER_MODIFIER LIMIT_MODIFIER LIMIT_PERCENT_MODIFIER DISTINCT_MODIFIER';
const ORDERS = 'ORDER_DEFAULT ORDER_ASCENDING ORDER_DESCENDING ASCENDING DESCENDING';
/** All nodes that are no expression; one that is not listed is refused until somebody looked at it. */
const KNOWN_TYPES = new Set([QUERIES, SOURCES, MODIFIERS, ORDERS].join(' ').split(' '));

const LEAVES = 'COLUMN_REF CONSTANT DEFAULT LAMBDA_REF PARAMETER POSITIONAL_REFERENCE STAR TYPE';
const BRANCHES =
  'BETWEEN CASE CAST COLLATE COMPARISON CONJUNCTION FUNCTION LAMBDA OPERATOR SUBQUERY WINDOW';
/** All expressions, of which what they call and contain is checked too. */
const KNOWN_CLASSES = new Set(`${LEAVES} ${BRANCHES}`.split(' '));

/** Names of the CTEs that can be seen, lower case. */
type Names = ReadonlySet<string>;

/**
 * Lets SQL of a tenant through only if it is one SELECT over tables of the dataset that the
 * connection is on, and calls nothing that reaches beyond them. Tables need not exist yet.
 * @throws sql_invalid with the line and a caret; sql_forbidden
 */
export async function checkSelect(
  connection: DuckDBConnection,
  sql: string,
  place?: SqlPlace,
): Promise<{ tables: string[] }> {
  const given = { sql, place };
  const root = await parseSelect(connection, given);
  const tables = new Set<string>();
  for (const { node, ctes } of walk(root)) {
    checkNode(node, given);
    if (node.type !== 'BASE_TABLE') continue;
    const name = tableName(node, given);
    if (!ctes.has(name.toLowerCase())) tables.add(name);
  }
  return { tables: [...tables] };
}

/** Refuses a node that reaches beyond the query; also used for single expressions. */
export function checkNode(node: SqlNode, given: TenantSql): void {
  const { type } = node;
  if (!isKnown(node)) throw forbidden(`${nameOf(node)} is not allowed`, node, given);
  if (type === 'SHOW_REF' && !node['query']) {
    throw forbidden('SHOW is not allowed', node, given);
  }
  const called = node.function_name;
  if (called !== undefined && isForbiddenFunction(called)) {
    throw forbidden(`the function ${called} is not allowed`, node, given);
  }
  if (type === 'TABLE_FUNCTION') checkTableFunction(node, given);
}

function isKnown({ class: expression, type }: SqlNode): boolean {
  if (expression !== undefined) return KNOWN_CLASSES.has(expression);
  return typeof type !== 'string' || KNOWN_TYPES.has(type) || type.endsWith('_TYPE_INFO');
}

function nameOf({ class: expression, type }: SqlNode): string {
  return expression ?? (typeof type === 'string' ? type : 'this');
}

function checkTableFunction(node: SqlNode, given: TenantSql): void {
  const name = (node['function'] as SqlNode | undefined)?.function_name ?? '';
  if (isAllowedTableFunction(name)) return;
  throw forbidden(`the table function ${name} is not allowed`, node, given);
}

/** Exported for the test that holds it against all functions of DuckDB. */
export function isForbiddenFunction(name: string): boolean {
  const lower = name.toLowerCase();
  return FORBIDDEN_NAMES.has(lower) || FORBIDDEN_PREFIXES.test(lower);
}

function isAllowedTableFunction(name: string): boolean {
  return ALLOWED_TABLE_FUNCTIONS.has(name.toLowerCase());
}

function tableName(node: SqlNode, given: TenantSql): string {
  const name = String(node['table_name']);
  const qualifiers = [node['catalog_name'], node['schema_name']].filter(Boolean).map(String);
  if (qualifiers.length > 0) {
    const full = [...qualifiers, name].join('.');
    throw forbidden(`${full} is outside the dataset of the tenant`, node, given);
  }
  if (!TABLE_NAME.test(name) || SYSTEM_VIEW.test(name)) {
    throw forbidden(`'${name}' is no table of the tenant`, node, given);
  }
  return name;
}

function forbidden(message: string, node: SqlNode, given: TenantSql): Error {
  const hint =
    'A query may read the tables of its own dataset, named without schema, and no files.';
  return sqlErrorAt('sql_forbidden', message, {
    ...given,
    offset: offsetOf(given.sql, node) ?? 0,
    hint,
  });
}

/**
 * Every object of the tree, with the CTEs in sight of it. A CTE sees those before it, and itself
 * when it is recursive: otherwise its own name means a table.
 */
export function* walk(root: unknown): Generator<{ node: SqlNode; ctes: Names }> {
  const open: { value: unknown; ctes: Names }[] = [{ value: root, ctes: new Set() }];
  for (let next = open.pop(); next; next = open.pop()) {
    const { value, ctes } = next;
    if (typeof value !== 'object' || value === null) continue;
    if (Array.isArray(value)) {
      open.push(...value.map((item: unknown) => ({ value: item, ctes })));
      continue;
    }
    const node = value as SqlNode;
    yield { node, ctes };
    open.push(...childrenOf(node, ctes));
  }
}

function childrenOf(node: SqlNode, ctes: Names): { value: unknown; ctes: Names }[] {
  const { cte_map: cteMap, ...rest } = node;
  // The value of a constant is data, not syntax.
  if (node.class === 'CONSTANT') return [];
  const own = node.type === 'RECURSIVE_CTE_NODE' ? [String(node['cte_name'])] : [];
  let seen = withNames(ctes, own);
  const children: { value: unknown; ctes: Names }[] = [];
  const entries = (cteMap as { map?: { key: string; value: unknown }[] } | undefined)?.map ?? [];
  for (const { key, value } of entries) {
    children.push({ value, ctes: seen });
    seen = withNames(seen, [key]);
  }
  for (const value of Object.values(rest)) children.push({ value, ctes: seen });
  return children;
}

function withNames(ctes: Names, names: readonly string[]): Names {
  return names.length === 0 ? ctes : new Set([...ctes, ...names.map((name) => name.toLowerCase())]);
}
