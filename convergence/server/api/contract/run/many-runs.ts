import { z } from 'zod';
import { failureAnswer, runFilter, runStatus } from './run.ts';

/** What to change: all that is given must hold. */
const bulk = z.strictObject({
  ...runFilter.shape,
  limit: z
    .int()
    .min(1)
    .max(1_000)
    .default(100)
    .describe('At most so many are changed, the oldest first.'),
  dry_run: z.boolean().default(false).describe('Only counts.'),
});
const oneOrSeveral = <S extends z.ZodType>(state: S) => z.union([z.array(state).min(1), state]);

export const cancelManyBody = bulk.extend({
  status: oneOrSeveral(z.enum(['PENDING', 'RUNNING']))
    .optional()
    .describe('Without it both.'),
});
export type CancelManyBody = z.input<typeof cancelManyBody>;

export const restartManyBody = bulk.extend({
  status: oneOrSeveral(z.enum(['FAILED', 'CANCELLED']))
    .optional()
    .describe('Without it FAILED.'),
});
export type RestartManyBody = z.input<typeof restartManyBody>;

export const manyRunsAnswer = z.object({
  dry_run: z.boolean(),
  matched: z.int().describe('Runs that fit; what is beyond the limit was left alone.'),
  done: z.array(
    z.object({
      pipeline_logging_id: z.string(),
      new_pipeline_logging_id: z.string().nullable().describe('The run that a restart began.'),
      status: runStatus.describe('Of the run that was cancelled or begun.'),
    }),
  ),
  refused: z.array(z.object({ pipeline_logging_id: z.string(), failure: failureAnswer })),
});
export type ManyRunsAnswer = z.infer<typeof manyRunsAnswer>;
