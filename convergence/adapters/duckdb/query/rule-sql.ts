import { findColumn, ruleProblem, valuesOf } from '../../../engine/flow/check/rule-problem.ts';
import { comparisonOf } from '../../../engine/flow/check/rule-value.ts';
import type { Column } from '../../../engine/flow/normalize/column.ts';
import type { RowRule } from '../../../engine/pipeline/spec/check-spec.ts';
import type { Scalar } from '../../../engine/pipeline/spec/scalar-spec.ts';
import { identifier, literal } from '../run-sql.ts';
import { typedLiteral } from './typed-literal.ts';

/**
 * SQL that is true for the rows that a rule looks at: those of its row_condition, and except for
 * `not_be_null` those with a value. Never NULL.
 */
export function rowRuleTested(rule: RowRule): string {
  return rule.rule === 'not_be_null' ? conditionOf(rule) : testedValues(rule);
}

/** The rows of the row_condition that have a value in the column. */
export function testedValues(rule: { column: string; row_condition?: string }): string {
  return `(${conditionOf(rule)} AND ${identifier(rule.column)} IS NOT NULL)`;
}

/** A comment at the end of the condition must not hide the parenthesis. */
function conditionOf({ row_condition: condition }: { row_condition?: string }): string {
  return condition === undefined ? 'true' : `coalesce((${condition}\n), false)`;
}

/**
 * SQL that is true for the rows that break a rule. Never NULL. Only for rules without a
 * `ruleProblem`: for the others no row is to blame, so it is false.
 */
export function rowRuleFails(rule: RowRule, columns: readonly Column[]): string {
  const column = findColumn(columns, rule.column);
  if (!column || ruleProblem(rule, columns) !== null) return 'false';
  if (rule.rule === 'not_be_null') {
    return `(${conditionOf(rule)} AND ${identifier(rule.column)} IS NULL)`;
  }
  return `(${testedValues(rule)} AND coalesce(NOT (${passes(rule, column)}), true))`;
}

function passes(rule: Exclude<RowRule, { rule: 'not_be_null' }>, column: Column): string {
  if (rule.rule === 'match_regex') {
    return `regexp_matches(${textOf(column)}, ${literal(rule.regex)})`;
  }
  if (rule.rule === 'be_in_set') {
    return isInSet(
      comparable(column),
      valuesOf(rule).map((value) => literalOf(value, column)),
    );
  }
  const isLength = rule.rule === 'value_lengths_between';
  const value = isLength ? lengthOf(column) : comparable(column);
  const bound = (limit: number | string) => (isLength ? `${limit}` : literalOf(limit, column));
  const { min_value: min, max_value: max } = rule;
  const tests: string[] = [];
  if (min !== undefined) tests.push(`${value} ${isStrict(rule, 'min') ? '>' : '>='} ${bound(min)}`);
  if (max !== undefined) tests.push(`${value} ${isStrict(rule, 'max') ? '<' : '<='} ${bound(max)}`);
  return tests.join(' AND ') || 'true';
}

/** Up to here DuckDB compares one by one faster than it hashes. */
const FEW_VALUES = 4;

/** For 10 million rows and 1,000 values a list took 19 s, because it is searched; a join 0.3 s. */
function isInSet(value: string, literals: readonly string[]): string {
  if (literals.length === 0) return 'false';
  const list = literals.join(', ');
  return `${value} IN (${literals.length <= FEW_VALUES ? list : `SELECT unnest([${list}])`})`;
}

function isStrict(rule: RowRule, side: 'min' | 'max'): boolean {
  return rule.rule === 'be_between' && rule[`strict_${side}`];
}

function comparable(column: Column): string {
  return comparisonOf(column.type) === 'text' ? textOf(column) : identifier(column.name);
}

function literalOf(value: NonNullable<Scalar>, { type }: Column): string {
  return typedLiteral(value, comparisonOf(type));
}

function lengthOf(column: Column): string {
  const isList = column.type.kind === 'array';
  return isList ? `len(${identifier(column.name)})` : `length(${textOf(column)})`;
}

/** A value as text: what is in a JSON string without its quotes, any other type as it prints. */
export function textOf({ name, type }: Column): string {
  if (type.kind === 'json') return `(CAST(${identifier(name)} AS JSON) ->> '$')`;
  return `CAST(${identifier(name)} AS VARCHAR)`;
}
