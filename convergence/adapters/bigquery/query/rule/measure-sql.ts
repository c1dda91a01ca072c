import { findColumn } from '../../../../engine/flow/check/rule-problem.ts';
import type { Column } from '../../../../engine/flow/normalize/column.ts';
import { isRowRule } from '../../../../engine/pipeline/spec/check-spec.ts';
import type { Rule, RowRule } from '../../../../engine/pipeline/spec/check-spec.ts';
import { quoteName } from '../../sql-text.ts';
import { groupKeyOf, rowRuleFails, rowRuleTested, testedValues, textOf } from './rule-sql.ts';

export interface Measured {
  readonly table: string;
  /** All of the table, `_load_id` and `_loaded_at` too. */
  readonly columns: readonly Column[];
}

export type UniqueRule = Extract<Rule, { rule: 'be_unique' }>;
export type BadRowsRule = Extract<Rule, { rule: 'unexpected_rows_query' }>;

/** Rules that a scan of the whole table measures; the others take a statement each. */
export function isScanned(rule: Rule): boolean {
  return rule.rule !== 'be_unique' && rule.rule !== 'unexpected_rows_query';
}

/** One scan for all these rules: two columns for each, rows tested and rows failed or a value. */
export function scanSql(rules: readonly Rule[], measured: Measured): string {
  const columns = rules.flatMap((rule) => scanColumns(rule, measured.columns));
  return `SELECT ${aliased(columns)}\nFROM ${quoteName(measured.table)}`;
}

function scanColumns(rule: Rule, columns: readonly Column[]): [string, string] {
  if (isRowRule(rule)) {
    return [`COUNTIF(${rowRuleTested(rule, columns)})`, `COUNTIF(${rowRuleFails(rule, columns)})`];
  }
  if (rule.rule === 'mean_between') {
    const column = quoteName(rule.column);
    return [`COUNT(${column})`, `CAST(AVG(${column}) AS FLOAT64)`];
  }
  if (rule.rule !== 'freshness') return ['COUNT(*)', 'COUNT(*)'];
  const column = quoteName(rule.column);
  const isInstant = findColumn(columns, rule.column)?.type.kind === 'timestamptz';
  const newest = isInstant ? `MAX(${column})` : `TIMESTAMP(MAX(${column}), 'UTC')`;
  return [`COUNT(${column})`, `UNIX_MICROS(${newest}) / 1000000`];
}

/** BigQuery names no column after its place. */
function aliased(columns: readonly string[]): string {
  return columns.map((column, index) => `${column} AS c${index}`).join(',\n');
}

/** As in Great Expectations every row whose value occurs again has failed, the first one too. */
export function repeatedSql(rule: UniqueRule, { table, columns }: Measured): string {
  const column = findColumn(columns, rule.column);
  return `SELECT COALESCE(SUM(n), 0) AS c0, COALESCE(SUM(IF(n > 1, n, 0)), 0) AS c1
FROM (SELECT COUNT(*) AS n FROM ${quoteName(table)}
  WHERE ${testedValues(rule, columns)} GROUP BY ${column ? groupKeyOf(column) : 'NULL'})`;
}

export function badRowsSql(rule: BadRowsRule, table: string): string {
  return `SELECT COUNT(*) AS c0 FROM (${unexpectedRows(rule, table)}\n)`;
}

/** The query of a rule over a table; `{batch}` stands for it. */
export function unexpectedRows({ query }: BadRowsRule, table: string): string {
  return query.replaceAll('{batch}', () => quoteName(table)).replace(/[;\s]+$/, '');
}

const MAX_SAMPLES = 5;
/** Many failing values are the same; among this many, five that differ are likely. */
const CANDIDATES = 100;
const MAX_CHARACTERS = 200;

/** One scan for the smallest failing values of all these rules, as text: a list for each. */
export function rowSamplesSql(rules: readonly RowRule[], measured: Measured): string {
  const lists = rules.map((rule) => rowSamples(rule, measured.columns));
  return `SELECT ${aliased(lists)}\nFROM ${quoteName(measured.table)}`;
}

function rowSamples(rule: RowRule, columns: readonly Column[]): string {
  const column = findColumn(columns, rule.column);
  if (!column || rule.rule === 'not_be_null') return 'ARRAY<STRING>[]';
  const failing = `IF(${rowRuleFails(rule, columns)}, LEFT(${textOf(column)}, ${MAX_CHARACTERS}), NULL)`;
  return `ARRAY_AGG(${failing} IGNORE NULLS ORDER BY ${failing} LIMIT ${CANDIDATES})`;
}

export function repeatedSamplesSql(rule: UniqueRule, { table, columns }: Measured): string {
  const column = findColumn(columns, rule.column);
  const value = column ? `MIN(LEFT(${textOf(column)}, ${MAX_CHARACTERS}))` : "''";
  return `SELECT ARRAY_AGG(v ORDER BY v LIMIT ${MAX_SAMPLES}) AS c0
FROM (SELECT ${value} AS v FROM ${quoteName(table)}
  WHERE ${testedValues(rule, columns)} GROUP BY ${column ? groupKeyOf(column) : 'NULL'}
  HAVING COUNT(*) > 1)`;
}

export function badRowSamplesSql(rule: BadRowsRule, table: string): string {
  return `SELECT ARRAY_AGG(v) AS c0 FROM (
  SELECT LEFT(TO_JSON_STRING(r), ${MAX_CHARACTERS}) AS v
  FROM (${unexpectedRows(rule, table)}\n) AS r LIMIT ${MAX_SAMPLES})`;
}

/** Up to five different ones, the smallest first. */
export function distinctSamples(values: readonly string[]): string[] {
  return [...new Set(values)].slice(0, MAX_SAMPLES);
}
