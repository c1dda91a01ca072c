import { z } from 'zod';
import { prioritySpec, queueSpec } from './queue-spec.ts';
import { durationSpec, nameSpec, oneOrMoreSpec, scalarSpec } from './scalar-spec.ts';

const stepFields = {
  name: nameSpec.describe('Unique in the pipeline; shown in logs and used by depends_on.'),
  description: z.string().optional(),
  depends_on: z
    .array(nameSpec)
    .optional()
    .describe('Steps that must end first. Absent: the step before in the file. []: none.'),
  on_failure: z
    .enum(['stop', 'continue'])
    .default('stop')
    .describe('stop: later steps are skipped and the run fails. continue: they still run.'),
  retries: z
    .strictObject({
      max_attempts: z.int().min(1).max(20).default(1),
      backoff: durationSpec.default('10s'),
    })
    .optional(),
  timeout: durationSpec.optional(),
  when: z
    .string()
    .optional()
    .describe('The step is skipped when this is empty, false, 0, no, or an untrue a == b, a != b.'),
};

const ingestStep = z.strictObject({
  ...stepFields,
  type: z.literal('ingest'),
  source_config: z.string().describe('Path of a source file in the folder of the tenant.'),
  resources: z.array(z.string()).min(1).optional().describe('Only these resources of the source.'),
});

const dqStep = z.strictObject({
  ...stepFields,
  type: z.literal('dq'),
  checks: oneOrMoreSpec.describe('Paths of check files; their tables must be published.'),
});

const transformStep = z.strictObject({
  ...stepFields,
  type: z.literal('transform'),
  transforms: oneOrMoreSpec.describe('Paths or globs of SQL files; order comes from ref().'),
});

export const stepSpec = z.discriminatedUnion('type', [ingestStep, dqStep, transformStep]);

const scheduleSpec = z.strictObject({
  cron: z
    .string()
    .describe('minute hour day month weekday, as 30 2 * * *; or @daily and the like.'),
  timezone: z
    .string()
    .default('UTC')
    .describe('Of the fields of cron: a name such as Europe/Berlin.'),
  missed: z
    .enum(['none', 'last', 'all'])
    .default('last')
    .describe(
      'Runs for moments at which no scheduler ran: none, one for the last, or all of up to 100.',
    ),
  jitter: durationSpec
    .default('0s')
    .describe('Begin up to this much later, always by the same amount: spreads load. At most 1d.'),
});

const urlSpec = z.string().regex(/^(https?:\/\/|\{\{)/, 'a URL, or {{ secrets.x }} that holds one');

const channelSpec = z.union([
  z.strictObject({ slack: urlSpec.describe('URL of an incoming webhook of Slack.') }),
  z.strictObject({ email: oneOrMoreSpec.describe('Mail addresses.') }),
  z.strictObject({ webhook: urlSpec.describe('Gets the event as JSON.') }),
]);

/** `notify` of a pipeline: who is told when a run fails, and when one is complete again. */
const notifySpec = z.strictObject({ on_failure: z.array(channelSpec).max(10).default([]) });

/** `pipelines/*.yml`. */
export const pipelineSpec = z.strictObject({
  pipeline_id: nameSpec,
  description: z.string().optional(),
  parameters: z
    .record(nameSpec, scalarSpec)
    .default({})
    .describe('Names that {{ params.x }} may use, with their defaults; null: must be given.'),
  schedule: scheduleSpec.optional(),
  queue: queueSpec
    .optional()
    .describe(
      'Where its runs wait; absent: that of its steps when all are of one type, or pipeline.',
    ),
  priority: prioritySpec
    .default('normal')
    .describe(
      'Of its runs among those of the tenant in the same queue; a trigger may say another.',
    ),
  concurrency: z
    .strictObject({
      limit: z.int().min(1).default(1),
      on_conflict: z.enum(['queue', 'skip', 'cancel']).default('queue'),
    })
    .optional(),
  notify: notifySpec.optional(),
  steps: z.array(stepSpec).min(1).max(500),
});

export type PipelineSpec = z.infer<typeof pipelineSpec>;
export type StepSpec = z.infer<typeof stepSpec>;
export type IngestStep = z.infer<typeof ingestStep>;
export type DqStep = z.infer<typeof dqStep>;
export type TransformStep = z.infer<typeof transformStep>;
export type Channel = z.infer<typeof channelSpec>;
