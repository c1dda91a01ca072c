import { z } from 'zod';
import { BACKFILL_STEPS } from '../../../../engine/run/many/split-range.ts';
import { failureAnswer, parameterValues, runStatus } from './run.ts';

const day = z.iso.date();

export const backfillParams = z.object({ group_id: z.string().min(1).max(100) });

export const backfillBody = z.strictObject({
  from: day.describe('First day.'),
  to: day.describe('First day that is left out.'),
  step: z
    .enum(BACKFILL_STEPS)
    .default('day')
    .describe('One run for each; weeks begin on Mondays, months on their first day.'),
  parameters: parameterValues.optional().describe('Of every run.'),
  concurrency: z.int().min(1).max(100).default(1).describe('Runs of it at the same time.'),
});
export type BackfillBody = z.input<typeof backfillBody>;

const interval = z.object({
  interval_start: day,
  interval_end: day.describe('First day after it.'),
});

/** What a backfill would be. */
export const backfillPlanAnswer = z.object({ intervals: z.array(interval) });
export type BackfillPlanAnswer = z.infer<typeof backfillPlanAnswer>;

export const backfillAnswer = z.object({
  group_id: z.string(),
  pipeline_id: z.string(),
  status: runStatus.describe('Of the whole: RUNNING until no run is under way.'),
  created_at: z.iso.datetime(),
  trigger_by: z.string(),
  parameters: parameterValues,
  interval_start: day,
  interval_end: day,
  counts: z.record(runStatus, z.int()).describe('Intervals in each state.'),
  intervals: z
    .array(
      interval.extend({
        pipeline_logging_id: z.string(),
        status: runStatus,
        failure: failureAnswer.nullable(),
      }),
    )
    .describe('Each with its newest run, the oldest first.'),
});
export type BackfillAnswer = z.infer<typeof backfillAnswer>;
