import { z } from 'zod';
import { prioritySpec, queueSpec } from '../../../../engine/pipeline/spec/queue-spec.ts';
import { scalarSpec } from '../../../../engine/pipeline/spec/scalar-spec.ts';
import { instant } from '../instant.ts';
import { nextCursor, pageQuery } from '../page.ts';

const pipelineId = z.string().min(1).max(100);
export const runStatus = z.enum(['PENDING', 'RUNNING', 'COMPLETE', 'FAILED', 'CANCELLED']);

/** Parameters by name. */
export const parameterValues = z.record(z.string(), scalarSpec);

export const triggerParams = z.object({ pipeline_id: pipelineId });
export const triggerHeaders = z.looseObject({
  'idempotency-key': z.string().min(1).max(255).optional(),
});
export const triggerBody = z
  .strictObject({
    trigger_by: z.string().trim().min(1).max(100).optional(),
    parameters: parameterValues.optional(),
    priority: prioritySpec.optional().describe('Absent: that of the pipeline.'),
  })
  .nullish();
export type TriggerBody = NonNullable<z.input<typeof triggerBody>>;

export const replayBody = z
  .strictObject({
    parameters: parameterValues
      .optional()
      .describe('In place of those that the run had; the others stay.'),
  })
  .nullish();
export type ReplayBody = NonNullable<z.input<typeof replayBody>>;

export const triggerAnswer = z.object({ pipeline_logging_id: z.string(), status: runStatus });
export type TriggerAnswer = z.infer<typeof triggerAnswer>;

export const runParams = z.object({
  pipeline_logging_id: z.string().min(1).max(100),
});

export const failureAnswer = z.object({
  code: z.string(),
  kind: z.enum(['input', 'access', 'absent', 'conflict', 'transient', 'broken']),
  message: z.string(),
  hint: z.string().optional(),
});

export const runAnswer = z.object({
  pipeline_logging_id: z.string(),
  pipeline_id: z.string(),
  tenant_id: z.string(),
  status: runStatus,
  trigger_by: z.string(),
  parameters: parameterValues,
  queue: queueSpec.describe('Where it waits for a worker.'),
  priority: prioritySpec,
  attempt: z.int().describe('How often a worker has taken it.'),
  created_at: instant,
  started_at: instant.nullable(),
  finished_at: instant.nullable(),
  failure: failureAnswer.nullable(),
  restart_of: z.string().nullable().describe('Run whose complete steps this one leaves out.'),
  replay_of: z.string().nullable().describe('Run that this one repeats from its first step.'),
  group_id: z.string().nullable().describe('Backfill that it is a part of.'),
  interval_start: z.iso
    .date()
    .nullable()
    .describe('First day that it works for; a backfill has it.'),
  interval_end: z.iso.date().nullable().describe('First day after those.'),
});
export type RunAnswer = z.infer<typeof runAnswer>;

export const stepAnswer = z.object({
  name: z.string(),
  type: z.enum(['ingest', 'dq', 'transform']),
  status: z.enum([...runStatus.options, 'SKIPPED']),
  attempt: z.int(),
  started_at: instant.nullable(),
  finished_at: instant.nullable(),
  rows_in: z.int(),
  rows_loaded: z.int(),
  rows_quarantined: z.int(),
  rules_passed: z.int(),
  rules_failed: z.int(),
  failure: failureAnswer.nullable(),
});
export type StepAnswer = z.infer<typeof stepAnswer>;

export const runDetailAnswer = runAnswer.extend({ steps: z.array(stepAnswer) });
export type RunDetailAnswer = z.infer<typeof runDetailAnswer>;

const moment = z
  .union([z.iso.datetime({ offset: true }), z.iso.date()])
  .describe('An instant, or a day, which begins at midnight UTC.');

/** Which runs; all that is given must hold. */
export const runFilter = z.strictObject({
  pipeline_id: pipelineId.optional(),
  status: z
    .union([z.array(runStatus).min(1).max(5), runStatus])
    .optional()
    .describe('One state, or several.'),
  trigger_by: z.string().min(1).max(100).optional(),
  created_from: moment.optional(),
  created_to: moment.optional().describe('Not included.'),
  group_id: z.string().min(1).max(100).optional().describe('Runs of this backfill.'),
  min_duration_seconds: z.coerce
    .number()
    .min(0)
    .max(1e8)
    .optional()
    .describe('Runs that have taken at least this long since their start.'),
});
export type RunFilterQuery = z.infer<typeof runFilter>;

export const runListQuery = pageQuery.extend(runFilter.shape);
export const runListAnswer = z.object({ runs: z.array(runAnswer), next_cursor: nextCursor });
export type RunListAnswer = z.infer<typeof runListAnswer>;
