import type { Scalar } from './spec/scalar-spec.ts';

/** What every run gives to `{{ }}`, besides parameters and secrets. */
export interface RunValues {
  readonly tenantId: string;
  readonly runId: string;
  /** The day for which the run works, or the first of several, as `2026-03-01`. */
  readonly runDate: string;
  /** The first day after those. */
  readonly intervalEnd: string;
}

/** Names that are known without looking at a pipeline. */
export const RUN_VALUE_NAMES = [
  'run.date',
  'run.interval_start',
  'run.interval_end',
  'run.id',
  'tenant.id',
] as const;

/** Their values, by name. */
export function runValues(run: RunValues): [string, Scalar][] {
  const values: Record<(typeof RUN_VALUE_NAMES)[number], Scalar> = {
    'run.date': run.runDate,
    'run.interval_start': run.runDate,
    'run.interval_end': run.intervalEnd,
    'run.id': run.runId,
    'tenant.id': run.tenantId,
  };
  return Object.entries(values);
}

/** The day after, as `2026-03-01`. */
export function dayAfter(day: string): string {
  return new Date(Date.parse(day) + 24 * 3_600_000).toISOString().slice(0, 10);
}
