import { z } from 'zod';
import { scalarSpec } from '../../../../engine/pipeline/spec/scalar-spec.ts';

export const fileProblem = z.object({
  file: z.string(),
  line: z.int(),
  column: z.int(),
  path: z.string(),
  message: z.string(),
  expected: z.string().optional(),
  suggestion: z.string().optional(),
});
export type FileProblem = z.infer<typeof fileProblem>;

export const problemListAnswer = z.object({
  problems: z.array(fileProblem),
  remarks: z.array(fileProblem).describe('What the plan cuts; nothing that must be mended.'),
});
export type ProblemListAnswer = z.infer<typeof problemListAnswer>;

const schedule = z.object({ cron: z.string(), timezone: z.string() }).nullable();

export const pipelineSummary = z.object({
  pipeline_id: z.string(),
  description: z.string().nullable(),
  schedule,
  steps: z.int(),
  runnable: z.boolean().describe('False: its file, or one that it names, has problems.'),
});
export type PipelineSummary = z.infer<typeof pipelineSummary>;

export const pipelineListAnswer = z.object({
  pipelines: z.array(pipelineSummary),
  problems: z.array(fileProblem).describe('Of all files in the folder of the tenant.'),
});
export type PipelineListAnswer = z.infer<typeof pipelineListAnswer>;

export const pipelineParams = z.object({ pipeline_id: z.string().min(1).max(100) });

export const pipelineAnswer = pipelineSummary.extend({
  parameters: z.record(z.string(), scalarSpec),
  steps: z.array(
    z.object({
      name: z.string(),
      type: z.enum(['ingest', 'dq', 'transform']),
      description: z.string().nullable(),
      depends_on: z.array(z.string()),
      on_failure: z.enum(['stop', 'continue']),
    }),
  ),
});
export type PipelineAnswer = z.infer<typeof pipelineAnswer>;
