import type { Rule } from '../../pipeline/spec/check-spec.ts';
import { suggest } from 'base/document/nearest.ts';
import type { Scalar } from '../../pipeline/spec/scalar-spec.ts';
import { EXPECTED, comparisonOf, valueText } from './rule-value.ts';

/** What a rule must know of a column. */
export interface RuleColumn {
  readonly name: string;
  readonly type: { readonly kind: string };
}

/**
 * Why a rule cannot be measured on these columns; null when it can. What only the warehouse knows (an
 * expression that does not bind, a pattern that does not compile) it finds.
 */
export function ruleProblem(rule: Rule, columns: readonly RuleColumn[]): string | null {
  if (!('column' in rule) || rule.rule === 'column_to_exist') return null;
  const column = findColumn(columns, rule.column);
  if (!column) {
    const near = suggest(
      rule.column,
      columns.map(({ name }) => name),
    );
    return `there is no column '${rule.column}'${near ? `; ${near}` : ''}`;
  }
  return typeProblem(rule, column);
}

const DAYS: ReadonlySet<string> = new Set(['date', 'timestamp', 'timestamptz']);

type ColumnRule = Extract<Rule, { column: string }>;

function typeProblem(rule: ColumnRule, column: RuleColumn): string | null {
  const { kind } = column.type;
  const comparison = comparisonOf(column.type);
  const wrong = (expected: string) =>
    `column '${column.name}' is ${kind}, expected ${expected}; declare its type in a schema`;
  if (rule.rule === 'mean_between') return comparison === 'number' ? null : wrong('a number');
  if (rule.rule === 'freshness') return DAYS.has(kind) ? null : wrong('a date or timestamp');
  if (rule.rule === 'match_regex') return comparison ? null : wrong('a scalar');
  if (rule.rule === 'value_lengths_between') {
    return comparison || kind === 'array' ? null : wrong('a text or list');
  }
  if (rule.rule === 'be_in_set') {
    return comparison ? valueProblem(valuesOf(rule), column, 'value_set') : wrong('a scalar');
  }
  return rule.rule === 'be_between' ? boundProblem(rule, column, wrong) : null;
}

function boundProblem(
  rule: Extract<Rule, { rule: 'be_between' }>,
  column: RuleColumn,
  wrong: (expected: string) => string,
): string | null {
  const bounds = [rule.min_value, rule.max_value].filter((bound) => bound !== undefined);
  const { kind } = column.type;
  const numbers = bounds.some((bound) => typeof bound === 'number');
  if (kind === 'text' && !numbers) return null;
  if (kind === 'text') return wrong('a number, as its bounds are');
  const comparison = comparisonOf(column.type);
  if (!comparison || ['text', 'boolean'].includes(comparison))
    return wrong('something with an order');
  return valueProblem(bounds, column, 'a bound');
}

function valueProblem(
  values: readonly NonNullable<Scalar>[],
  { name, type }: RuleColumn,
  where: string,
): string | null {
  const comparison = comparisonOf(type);
  if (!comparison) return null;
  const odd = values.find((value) => valueText(value, comparison) === null);
  if (odd === undefined) return null;
  return `column '${name}' is ${type.kind}, but ${where} has '${odd}', expected ${EXPECTED[comparison]}`;
}

/** The column of that name; SQL does not tell upper from lower case. */
export function findColumn<Column extends RuleColumn>(
  columns: readonly Column[],
  name: string,
): Column | undefined {
  const lower = name.toLowerCase();
  return columns.find((column) => column.name.toLowerCase() === lower);
}

/** The values of a set; a null in it means nothing, because nulls are not tested. */
export function valuesOf({
  value_set: values,
}: {
  value_set: readonly Scalar[];
}): NonNullable<Scalar>[] {
  return values.filter((value) => value !== null);
}
