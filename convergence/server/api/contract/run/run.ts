import { z } from 'zod';
import { scalarSpec } from '../../../../engine/pipeline/spec/scalar-spec.ts';
import { instant } from '../instant.ts';
import { nextCursor, pageQuery } from '../page.ts';

const pipelineId = z.string().min(1).max(100);
const runStatus = z.enum(['PENDING', 'RUNNING', 'COMPLETE', 'FAILED', 'CANCELLED']);

export const triggerParams = z.object({ pipeline_id: pipelineId });
export const triggerHeaders = z.looseObject({
  'idempotency-key': z.string().min(1).max(255).optional(),
});
export const triggerBody = z
  .strictObject({
    trigger_by: z.string().trim().min(1).max(100).optional(),
    parameters: z.record(z.string(), scalarSpec).optional(),
  })
  .nullish();
export type TriggerBody = NonNullable<z.input<typeof triggerBody>>;

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
  parameters: z.record(z.string(), scalarSpec),
  attempt: z.int().describe('How often a worker has taken it.'),
  created_at: instant,
  started_at: instant.nullable(),
  finished_at: instant.nullable(),
  failure: failureAnswer.nullable(),
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

export const runListQuery = pageQuery.extend({
  pipeline_id: pipelineId.optional(),
  status: runStatus.optional(),
});
export const runListAnswer = z.object({ runs: z.array(runAnswer), next_cursor: nextCursor });
export type RunListAnswer = z.infer<typeof runListAnswer>;
