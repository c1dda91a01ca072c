import { z } from 'zod';
import { instant } from '../instant.ts';
import { nextCursor } from '../page.ts';

const limitName = z.enum([
  'runs_per_day',
  'runs_per_month',
  'rows_per_day',
  'rows_per_month',
  'bytes_per_day',
  'bytes_per_month',
  'concurrent_runs',
  'sources',
]);

const limitAnswer = z.object({
  name: limitName,
  used: z.int().describe('As of now; sources: as of the newest run.'),
  allowed: z.int().nullable().describe('null: without limit.'),
  resets_at: instant.nullable().describe('When the count begins again; null: it does not.'),
});
export type LimitAnswer = z.infer<typeof limitAnswer>;

export const usageAnswer = z.object({
  tenant_id: z.string(),
  plan: z.string(),
  time_zone: z.string().describe('Days and months begin at its midnight.'),
  limits: z.array(limitAnswer),
});
export type UsageAnswer = z.infer<typeof usageAnswer>;

export const usageListAnswer = z.object({
  tenants: z.array(
    usageAnswer.extend({
      nearness: z.number().describe('Used share of the limit that is nearest; 1: nothing is left.'),
    }),
  ),
  next_cursor: nextCursor,
});
export type UsageListAnswer = z.infer<typeof usageListAnswer>;

const amount = z.int().nullable().describe('null: without limit.');

const planAnswer = z.object({
  name: z.string(),
  tenants: z.int().describe('How many have it.'),
  limits: z.object({
    runs_per_day: amount,
    runs_per_month: amount,
    concurrent_runs: amount,
    rows_per_day: amount,
    rows_per_month: amount,
    bytes_per_day: amount,
    bytes_per_month: amount,
    sources: amount,
    max_memory_bytes: z.int(),
    max_temp_bytes: z.int(),
    max_query_seconds: z.int(),
    max_result_rows: z.int(),
  }),
});
export type PlanAnswer = z.infer<typeof planAnswer>;

export const planListAnswer = z.object({
  plans: z.array(planAnswer),
  problem: z
    .string()
    .nullable()
    .describe('Why the changed plan file is not in force; null: it is.'),
});
export type PlanListAnswer = z.infer<typeof planListAnswer>;
