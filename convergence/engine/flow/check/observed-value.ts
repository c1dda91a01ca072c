import type { Rule } from '../../pipeline/spec/check-spec.ts';
import type { Measurement } from './measurement.ts';
import { findColumn } from './rule-problem.ts';
import type { RuleColumn } from './rule-problem.ts';

/**
 * What a rule over a table observed, of the number that the warehouse counted: null over no values,
 * and where it is none, as JSON has no NaN and no mean is between bounds that is none.
 */
export function observedValue(
  rule: Rule,
  number: number | null,
  { columns, now }: { readonly columns: readonly RuleColumn[]; readonly now: Date },
): Measurement['observed'] {
  if (rule.rule === 'column_to_exist') return findColumn(columns, rule.column)?.type.kind ?? null;
  if (number === null || !Number.isFinite(number)) return null;
  return rule.rule === 'freshness' ? now.getTime() / 1000 - number : number;
}
