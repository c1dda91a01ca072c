import { z } from 'zod';
import { instant } from '../instant.ts';

export const logQuery = z.strictObject({
  after: z.coerce.number().int().min(0).default(0).describe('Only events with a higher id.'),
  limit: z.coerce.number().int().min(1).max(1_000).default(1_000),
});

/**
 * A line of a run's log. In a stream it is the `data` of an event that is named for its `kind`;
 * `progress` comes only there, has no `id:` line, and may be missed.
 */
export const logEvent = z.object({
  id: z.int(),
  at: instant,
  step: z.string().nullable(),
  kind: z.enum(['state', 'log', 'progress']),
  level: z.enum(['info', 'warn', 'error']),
  message: z.string(),
  detail: z.record(z.string(), z.unknown()),
});
export type LogEvent = z.infer<typeof logEvent>;

export const logAnswer = z.object({
  events: z.array(logEvent),
  after: z.int().describe('Send it as `after` to go on from here.'),
  more: z.boolean().describe('True: the page is full, so ask for the next at once.'),
});
export type LogAnswer = z.infer<typeof logAnswer>;

/** `data` of the last event of a stream, named `end`; then the connection closes. */
export const logEnd = z.object({ pipeline_logging_id: z.string(), status: z.string() });
export type LogEnd = z.infer<typeof logEnd>;

export const dqAnswer = z.object({
  results: z.array(
    z.object({
      step: z.string(),
      table: z.string(),
      rule_id: z.string(),
      rule: z.string(),
      severity: z.enum(['warn', 'error']),
      passed: z.boolean(),
      observed: z.union([z.number(), z.string()]).nullable(),
      rows_tested: z.int(),
      rows_failed: z.int(),
      samples: z.array(z.string()),
      problem: z.string().nullable().describe('Why the rule could not be measured.'),
    }),
  ),
});
export type DqAnswer = z.infer<typeof dqAnswer>;

export const quarantineAnswer = z.object({
  groups: z.array(
    z.object({
      table: z.string(),
      rule: z.string(),
      rows: z.int(),
      examples: z.array(z.object({ part: z.string(), row: z.int(), record: z.string() })),
    }),
  ),
});
export type QuarantineAnswer = z.infer<typeof quarantineAnswer>;
