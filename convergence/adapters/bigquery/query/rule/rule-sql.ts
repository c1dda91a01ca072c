import { findColumn, ruleProblem, valuesOf } from '../../../../engine/flow/check/rule-problem.ts';
import { comparisonOf } from '../../../../engine/flow/check/rule-value.ts';
import type { Column, ColumnType } from '../../../../engine/flow/normalize/column.ts';
import type { RowRule } from '../../../../engine/pipeline/spec/check-spec.ts';
import type { Scalar } from '../../../../engine/pipeline/spec/scalar-spec.ts';
import { quoteName, quoteText } from '../../sql-text.ts';
import { typedLiteral } from './typed-literal.ts';

/**
 * SQL that is true for the rows that a rule looks at: those of its row_condition, and except for
 * `not_be_null` those with a value. Never NULL.
 */
export function rowRuleTested(rule: RowRule, columns: readonly Column[]): string {
  return rule.rule === 'not_be_null' ? conditionOf(rule) : testedValues(rule, columns);
}

/** The rows of the row_condition that have a value in the column. */
export function testedValues(
  rule: { column: string; row_condition?: string },
  columns: readonly Column[],
): string {
  return `(${conditionOf(rule)} AND ${hasValue(rule.column, columns)})`;
}

/** An array is never NULL in a table of BigQuery: one without items stands for both. */
function hasValue(name: string, columns: readonly Column[]): string {
  const isArray = findColumn(columns, name)?.type.kind === 'array';
  return isArray ? 'TRUE' : `${quoteName(name)} IS NOT NULL`;
}

/** A comment at the end of the condition must not hide the parenthesis. */
function conditionOf({ row_condition: condition }: { row_condition?: string }): string {
  return condition === undefined ? 'TRUE' : `COALESCE((${condition}\n), FALSE)`;
}

/**
 * SQL that is true for the rows that break a rule. Never NULL. Only for rules without a
 * `ruleProblem`: for the others no row is to blame, so it is false.
 */
export function rowRuleFails(rule: RowRule, columns: readonly Column[]): string {
  const column = findColumn(columns, rule.column);
  if (!column || ruleProblem(rule, columns) !== null) return 'FALSE';
  if (rule.rule === 'not_be_null') {
    return `(${conditionOf(rule)} AND NOT (${hasValue(rule.column, columns)}))`;
  }
  return `(${testedValues(rule, columns)} AND COALESCE(NOT (${passes(rule, column)}), TRUE))`;
}

function passes(rule: Exclude<RowRule, { rule: 'not_be_null' }>, column: Column): string {
  if (rule.rule === 'match_regex') {
    return `REGEXP_CONTAINS(${textOf(column)}, ${quoteText(rule.regex)})`;
  }
  if (rule.rule === 'be_in_set') {
    const literals = valuesOf(rule).map((value) => literalOf(value, column));
    return literals.length === 0 ? 'FALSE' : `${comparable(column)} IN (${literals.join(', ')})`;
  }
  const isLength = rule.rule === 'value_lengths_between';
  const value = isLength ? lengthOf(column) : comparable(column);
  const bound = (limit: number | string) => (isLength ? `${limit}` : literalOf(limit, column));
  const { min_value: min, max_value: max } = rule;
  const tests: string[] = [];
  if (min !== undefined) tests.push(`${value} ${isStrict(rule, 'min') ? '>' : '>='} ${bound(min)}`);
  if (max !== undefined) tests.push(`${value} ${isStrict(rule, 'max') ? '<' : '<='} ${bound(max)}`);
  return tests.join(' AND ') || 'TRUE';
}

function isStrict(rule: RowRule, side: 'min' | 'max'): boolean {
  return rule.rule === 'be_between' && rule[`strict_${side}`];
}

function comparable(column: Column): string {
  return comparisonOf(column.type) === 'text' ? textOf(column) : quoteName(column.name);
}

function literalOf(value: NonNullable<Scalar>, { type }: Column): string {
  return typedLiteral(value, { comparison: comparisonOf(type), type });
}

function lengthOf(column: Column): string {
  const isList = column.type.kind === 'array';
  return isList ? `ARRAY_LENGTH(${quoteName(column.name)})` : `CHAR_LENGTH(${textOf(column)})`;
}

/** A value as the text that DuckDB prints for it, but arrays and structs, which are JSON. */
export function textOf({ name, type }: Column): string {
  const value = quoteName(name);
  if (type.kind === 'decimal') return `FORMAT('%.${type.scale}f', ${value})`;
  return TEXTS[type.kind]?.(value) ?? `CAST(${value} AS STRING)`;
}

const TEXTS: Readonly<Partial<Record<ColumnType['kind'], (value: string) => string>>> = {
  text: (value) => value,
  uuid: (value) => value,
  json: (value) => `COALESCE(JSON_VALUE(${value}), TO_JSON_STRING(${value}))`,
  double: (value) => `REGEXP_REPLACE(CAST(${value} AS STRING), r'^(-?\\d+)$', r'\\1.0')`,
  time: (value) => `FORMAT_TIME('%H:%M:%E*S', ${value})`,
  timestamp: (value) => `FORMAT_DATETIME('%F %H:%M:%E*S', ${value})`,
  timestamptz: (value) => `FORMAT_TIMESTAMP('%F %H:%M:%E*S+00', ${value}, 'UTC')`,
  binary: (value) => `TO_HEX(${value})`,
  array: (value) => `TO_JSON_STRING(${value})`,
  struct: (value) => `TO_JSON_STRING(${value})`,
};

/** What rows with the same value have in common: BigQuery groups by no array, struct or JSON. */
export function groupKeyOf(column: Column): string {
  const isNested = ['array', 'struct', 'json'].includes(column.type.kind);
  return isNested ? `TO_JSON_STRING(${quoteName(column.name)})` : quoteName(column.name);
}
