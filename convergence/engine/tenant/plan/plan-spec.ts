import { z } from 'zod';
import type { Plan } from './plan.ts';

const unitBytes = { B: 1, KB: 1e3, MB: 1e6, GB: 1e9, TB: 1e12 } as const;

const size = z
  .string()
  .regex(/^\d+(\.\d+)?(B|KB|MB|GB|TB)$/, 'a size such as 500MB or 1.5TB')
  .transform(parseSize);
const sizeLimit = z
  .string()
  .regex(/^(unlimited|\d+(\.\d+)?(B|KB|MB|GB|TB))$/, 'a size such as 500MB, or unlimited')
  .transform((text) => (text === 'unlimited' ? null : parseSize(text)));
const atLeastOne = z.int().min(1);
// A pattern, since a literal would leave the number out of what an error says was expected.
const unlimited = z
  .string()
  .regex(/^unlimited$/, 'a whole number, or unlimited')
  .transform(() => null);
const limit = z.union([z.int().min(0), unlimited]);

/** One plan of the file. Every limit is written, so that none is forgotten and thereby unlimited. */
const planSpec = z
  .strictObject({
    runs_per_day: limit.describe('Runs that a tenant may start in a day of its time zone.'),
    runs_per_month: limit,
    concurrent_runs: z.union([atLeastOne, unlimited]).describe('Runs beyond it wait in the queue.'),
    rows_per_day: limit.describe('Rows that loads publish.'),
    rows_per_month: limit,
    bytes_per_day: sizeLimit.describe('Raw bytes that the published loads extract.'),
    bytes_per_month: sizeLimit,
    sources: limit.describe('Source files of a tenant.'),
    max_memory: size.describe('Of the warehouse, for one run or query.'),
    max_temp: size.describe('Disk for what does not fit into memory, for one run or query.'),
    max_query_seconds: atLeastOne,
    // Files of before BigQuery have none.
    max_scan: sizeLimit
      .optional()
      .describe('What one query may read of BigQuery; unlimited where it is missing.'),
    max_result_rows: atLeastOne,
  })
  .transform((spec): Plan => ({
    runsPerDay: spec.runs_per_day,
    runsPerMonth: spec.runs_per_month,
    concurrentRuns: spec.concurrent_runs,
    rowsPerDay: spec.rows_per_day,
    rowsPerMonth: spec.rows_per_month,
    bytesPerDay: spec.bytes_per_day,
    bytesPerMonth: spec.bytes_per_month,
    sources: spec.sources,
    maxMemoryBytes: spec.max_memory,
    maxTempBytes: spec.max_temp,
    maxQuerySeconds: spec.max_query_seconds,
    maxScanBytes: spec.max_scan ?? null,
    maxResultRows: spec.max_result_rows,
  }));

const planName = z
  .string()
  .regex(/^[a-z][a-z0-9_-]{1,39}$/, '2 to 40 of a-z, 0-9, _ and -, beginning with a letter');

/** The operator's file of plans. */
export const plansSpec = z.strictObject({ plans: z.record(planName, planSpec) });

function parseSize(text: string): number {
  const [, amount = '', unit = 'B'] = /^([\d.]+)(\w+)$/.exec(text) ?? [];
  return Math.round(Number(amount) * unitBytes[unit as keyof typeof unitBytes]);
}
