import type { AppError } from 'base/error.ts';
import { fail } from '../../error-codes.ts';
import { isRowRule, ruleId } from '../../pipeline/spec/check-spec.ts';
import { describeBreach } from './describe-breach.ts';
import type { Measurement } from './measurement.ts';
import { ruleHolds } from './rule-holds.ts';

/** What is decided about one rule on one table. */
export interface RuleVerdict {
  readonly ruleId: string;
  readonly rule: string;
  readonly severity: 'warn' | 'error';
  readonly passed: boolean;
  readonly observed: number | string | null;
  readonly rowsTested: number;
  readonly rowsFailed: number;
  readonly samples: readonly string[];
  readonly problem: string | null;
}

export interface Judgement {
  /** One for each measurement, in their order. */
  readonly verdicts: readonly RuleVerdict[];
  /** What to throw, once the verdicts are recorded; null: go on. */
  readonly failure: AppError | null;
}

/**
 * Judges what arrives, before it is published. Rows that break a rule with severity `error` are in
 * quarantine already, so they stop the load only where the rule says how many may (`mostly`). Any
 * other broken rule with severity `error` stops it; `warn` is only recorded.
 */
export function judgeIngest(table: string, measurements: readonly Measurement[]): Judgement {
  const broken = measurements.filter(isBrokenError);
  const tooMany = broken.filter(missesMostly);
  const audits = broken.filter(breaksAudit);
  const code = audits.length > 0 ? 'audit_failed' : 'too_many_bad_rows';
  return {
    verdicts: measurements.map(judgeRule),
    failure: failureOf(code, table, [...tooMany, ...audits]),
  };
}

/** Judges a published table in a dq step: any broken rule with severity `error` fails the step. */
export function judgeTable(table: string, measurements: readonly Measurement[]): Judgement {
  return {
    verdicts: measurements.map(judgeRule),
    failure: failureOf('dq_failed', table, measurements.filter(isBrokenError)),
  };
}

function judgeRule(measurement: Measurement): RuleVerdict {
  const { rule, rowsTested, rowsFailed, observed, samples, problem } = measurement;
  return {
    ruleId: ruleId(rule),
    rule: rule.rule,
    severity: rule.severity,
    passed: ruleHolds(measurement),
    observed,
    rowsTested,
    rowsFailed,
    samples,
    problem: problem ?? null,
  };
}

function isBrokenError(measurement: Measurement): boolean {
  return measurement.rule.severity === 'error' && !ruleHolds(measurement);
}

function missesMostly({ rule, problem }: Measurement): boolean {
  return isRowRule(rule) && rule.mostly !== undefined && problem === undefined;
}

function breaksAudit({ rule, problem }: Measurement): boolean {
  return !isRowRule(rule) || problem !== undefined;
}

const HINTS = {
  too_many_bad_rows:
    'Nothing was published. Mend the source or the rule, or lower its mostly to what is acceptable.',
  audit_failed: 'Nothing was published. Mend the source or the rule, or give it severity: warn.',
  dq_failed: 'The results of the run show the values. A rule with severity: warn fails no step.',
};

function failureOf(
  code: keyof typeof HINTS,
  table: string,
  broken: readonly Measurement[],
): AppError | null {
  if (broken.length === 0) return null;
  const shown = broken.slice(0, 5).map(describeBreach);
  if (broken.length > shown.length) shown.push(`and ${broken.length - shown.length} more rules`);
  return fail(code, `table ${table}: ${shown.join('; ')}`, {
    hint: HINTS[code],
    details: { table, rules: broken.map(({ rule }) => ruleId(rule)) },
  });
}
