import { parseDuration } from 'base/duration.ts';
import { isRowRule } from '../../pipeline/spec/check-spec.ts';
import type { Measurement } from './measurement.ts';

/**
 * Whether a rule holds, by what was counted for it; one that could not be measured does not. On an
 * empty table rules about rows hold, while a mean or a newest value that does not exist breaks its
 * rule.
 */
export function ruleHolds({
  rule,
  rowsTested,
  rowsFailed,
  observed,
  problem,
}: Measurement): boolean {
  if (problem !== undefined) return false;
  if (isRowRule(rule) || rule.rule === 'be_unique') {
    return rowsTested === 0 || (rowsTested - rowsFailed) / rowsTested >= (rule.mostly ?? 1);
  }
  if (rule.rule === 'column_to_exist') return observed !== null;
  if (typeof observed !== 'number') return false;
  if (rule.rule === 'unexpected_rows_query') return observed === 0;
  if (rule.rule === 'freshness') return observed * 1000 <= parseDuration(rule.max_age);
  return isBetween(observed, rule);
}

function isBetween(value: number, range: { min_value?: number; max_value?: number }): boolean {
  return value >= (range.min_value ?? -Infinity) && value <= (range.max_value ?? Infinity);
}
