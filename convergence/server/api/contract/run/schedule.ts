import { z } from 'zod';
import { instant } from '../instant.ts';
import { failureAnswer } from './run.ts';

export const scheduleParams = z.object({ pipeline_id: z.string().min(1).max(100) });

export const scheduleListQuery = z.strictObject({
  next: z.coerce.number().int().min(1).max(100).default(3).describe('How many moments to list.'),
});

const upcomingRun = z.object({
  due_at: instant.describe('The moment that the cron expression means.'),
  starts_at: instant.describe('due_at and the jitter of the pipeline.'),
});

const settledMoment = z.object({
  due_at: instant,
  pipeline_logging_id: z.string().nullable().describe('null: it gave no run.'),
  failure: failureAnswer.nullable().describe('Why it gave no run.'),
  missed_since: instant.nullable().describe('First of earlier moments that were passed over.'),
});

export const scheduleAnswer = z.object({
  pipeline_id: z.string(),
  cron: z.string(),
  timezone: z.string(),
  missed: z.enum(['none', 'last', 'all']),
  jitter_seconds: z.int(),
  enabled: z.boolean(),
  disabled_at: instant.nullable(),
  disabled_by: z.string().nullable(),
  next_runs: z.array(upcomingRun).describe('Empty while it is disabled.'),
  last: settledMoment.nullable().describe('The newest moment that has come.'),
});
export type ScheduleAnswer = z.infer<typeof scheduleAnswer>;

export const scheduleListAnswer = z.object({ schedules: z.array(scheduleAnswer) });
export type ScheduleListAnswer = z.infer<typeof scheduleListAnswer>;

/** Cloud Scheduler sends one; there is nothing to say in it. */
export const choreBody = z.strictObject({}).nullish();

export const firedAnswer = z.object({
  tenants_read: z.int().describe('Whose pipeline files had changed.'),
  started: z.int(),
  refused: z.int().describe('Runs that could not start; each says why.'),
  missed: z.int().describe('Moments passed over because their schedules say missed: none.'),
  stuck: z.int().describe('Schedules that could not be settled and stay due; the log says why.'),
});

export const quotaResetAnswer = z.object({
  tenants_reset: z.int().describe('Whose day was over.'),
});

export const cleanUpAnswer = z.object({
  orphaned: z.array(z.string()).describe('Runs whose worker is gone: they wait again, or failed.'),
  lost: z.array(z.string()).describe('Runs that had no place in the queue any more: failed.'),
});
