import { z } from 'zod';
import { instant } from '../instant.ts';

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
