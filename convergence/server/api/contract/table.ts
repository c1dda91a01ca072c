import { z } from 'zod';
import { instant } from './instant.ts';

export const tableParams = z.object({ name: z.string().min(1).max(300) });

const column = z.object({ name: z.string(), type: z.string() });

const tableSummary = z.object({
  name: z.string(),
  kind: z.enum(['table', 'view']),
  rows: z.int().nullable().describe('null for a view.'),
});

export const tableListAnswer = z.object({ tables: z.array(tableSummary) });
export type TableListAnswer = z.infer<typeof tableListAnswer>;

export const tableAnswer = tableSummary.extend({
  columns: z.array(column),
  last_load: z.object({ load_id: z.string(), loaded_at: instant, rows: z.int() }).nullable(),
});
export type TableAnswer = z.infer<typeof tableAnswer>;

export const previewQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(1_000).default(20),
});

export const queryBody = z.strictObject({
  sql: z.string().min(1).max(100_000).describe('One SELECT over the tables of the tenant.'),
  max_rows: z.int().min(1).max(100_000).default(1_000).describe('The plan may allow fewer.'),
  timeout_ms: z.int().min(100).max(600_000).default(30_000).describe('The plan may allow less.'),
});
export type QueryBody = z.input<typeof queryBody>;

/** Large integers and decimals are strings, times RFC 3339 UTC. */
export const queryAnswer = z.object({
  columns: z.array(column),
  rows: z.array(z.array(z.unknown())).describe('Values in the order of `columns`.'),
  truncated: z.boolean().describe('True: there are more rows than these.'),
});
export type QueryAnswer = z.infer<typeof queryAnswer>;
