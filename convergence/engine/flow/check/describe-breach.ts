import { ruleId } from '../../pipeline/spec/check-spec.ts';
import type { Measurement } from './measurement.ts';

/**
 * One clause about a rule that does not hold. Without samples: they are data of the tenant, and
 * messages travel to logs and notifications.
 */
export function describeBreach({ rule, observed, problem, ...counted }: Measurement): string {
  const id = ruleId(rule);
  if (problem !== undefined) return `${id} cannot be tested: ${problem}`;
  if (rule.rule === 'column_to_exist') return `there is no column '${rule.column}'`;
  if (rule.rule === 'unexpected_rows_query') return `${id} found ${counted.rowsFailed} bad rows`;
  if (rule.rule === 'freshness') {
    return `${id}: the newest value is ${ageText(observed)}, expected at most ${rule.max_age}`;
  }
  if (rule.rule === 'table_row_count_between' || rule.rule === 'mean_between') {
    return `${id} is ${observed ?? 'absent (no values)'}, expected ${rangeText(rule)}`;
  }
  return `${id} failed on ${counted.rowsFailed} of ${counted.rowsTested} rows${mostlyText(rule.mostly)}`;
}

function ageText(observed: Measurement['observed']): string {
  return typeof observed === 'number' ? `${Math.round(observed)} s old` : 'absent (no values)';
}

function mostlyText(mostly: number | undefined): string {
  return mostly === undefined ? '' : `, expected a share of at least ${mostly} to pass`;
}

function rangeText({ min_value, max_value }: { min_value?: number; max_value?: number }): string {
  if (min_value === undefined) return `at most ${max_value}`;
  return max_value === undefined ? `at least ${min_value}` : `${min_value} to ${max_value}`;
}
