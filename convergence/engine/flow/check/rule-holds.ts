import { parseDuration } from 'base/duration.ts';
import { isRowRule } from '../../pipeline/check-spec.ts';
import type { DatasetRule } from '../../pipeline/check-spec.ts';
import type { Measurement } from './measurement.ts';

/**
 * Whether a rule holds, by what was counted for it; one that could not be measured does not. On an
 * empty table rules about rows hold, while a mean or a newest value that does not exist breaks its
 * rule.
 */
export function ruleHolds({ rule, rowsTested, rowsFailed, observed, problem }: Measurement) {
  if (problem !== undefined) return false;
  if (isRowRule(rule) || rule.rule === 'be_unique') {
    return rowsTested === 0 || (rowsTested - rowsFailed) / rowsTested >= (rule.mostly ?? 1);
  }
  return tableHolds(rule, observed);
}

function tableHolds(
  rule: Exclude<DatasetRule, { rule: 'be_unique' }>,
  observed: Measurement['observed'],
): boolean {
  switch (rule.rule) {
    case 'column_to_exist':
      return observed !== null;
    case 'unexpected_rows_query':
      return observed === 0;
    case 'table_row_count_between':
    case 'mean_between':
      return typeof observed === 'number' && isBetween(observed, rule);
    case 'freshness':
      return typeof observed === 'number' && observed * 1000 <= parseDuration(rule.max_age);
  }
}

function isBetween(value: number, range: { min_value?: number; max_value?: number }): boolean {
  return value >= (range.min_value ?? -Infinity) && value <= (range.max_value ?? Infinity);
}
