import { z } from 'zod';
import { PRESET_NAMES } from '../resolve/preset.ts';
import { reactionDocument } from './reaction-document.ts';
import { durationDocument, shareDocument, urlPathDocument } from './scalar-document.ts';

const stepDocument = z.strictObject({
  traffic: z.int().min(1).max(100).describe('Percent of the requests that the new revision gets.'),
  for: durationDocument.optional().describe('How long it is judged at this step.'),
  watch: durationDocument.optional().describe('At the last step: how long a return is instant.'),
  maxErrors: z.int().min(0).optional().describe('More errors than this in the step roll back.'),
});

const weightDocument = z.number().min(0).max(1);

/** A metric of Cloud Monitoring, or a counter of Prometheus: nothing that could end a query. */
const counterDocument = z
  .string()
  .regex(/^[a-zA-Z_:][\w:./-]{0,199}$/, 'the name of a counter, such as payments_failed_total');

const sequentialDocument = z.strictObject({
  kind: z.literal('sequential'),
  alpha: z
    .number()
    .gt(0)
    .max(0.2)
    .optional()
    .describe('The probability that a healthy release is ever rolled back.'),
  beta: z
    .number()
    .gt(0)
    .max(0.5)
    .optional()
    .describe('The probability that a step with twice the errors is left early.'),
  margin: z
    .number()
    .min(1)
    .max(1.25)
    .optional()
    .describe('From how many times the odds on a difference counts as harm.'),
  weights: z
    .object({ errors: weightDocument, latency: weightDocument })
    .catchall(weightDocument)
    .optional()
    .describe('How alpha is spent on errors, latency and each of metrics; they sum to 1.'),
  metrics: z
    .record(z.string().regex(/^[a-zA-Z][a-zA-Z0-9_]{0,62}$/), counterDocument)
    .optional()
    .describe("Counters of the service's own events, at most one a request, by revision."),
  soak: durationDocument.optional().describe('No step is left earlier.'),
  every: durationDocument.optional().describe('How often it looks.'),
});

const thresholdsDocument = z.strictObject({
  kind: z.literal('thresholds'),
  errorRate: shareDocument.optional().describe('More of the canary roll back.'),
  p95: durationDocument.optional().describe('A slower 95th percentile rolls back.'),
  p99: durationDocument.optional().describe('A slower 99th percentile rolls back.'),
  minRequests: z.int().min(1).optional().describe('Fewer are not judged by rate or latency.'),
  maxErrors: z.int().min(0).optional().describe('More errors than this in a step roll back.'),
  every: durationDocument.optional().describe('How often it looks.'),
});

const strategyObject = z.strictObject({
  preset: z
    .enum(PRESET_NAMES)
    .optional()
    .describe('What the other keys change; sequential when not given.'),
  prove: z
    .strictObject({
      health: urlPathDocument.optional().describe('Answers 200 when the revision can serve.'),
      suite: z.string().optional().describe('One of suites.'),
      retries: z.int().min(0).max(100).optional(),
    })
    .optional()
    .describe("Asked at the new revision's own URL, before it gets traffic."),
  steps: z.array(stepDocument).min(1).max(20).optional(),
  judge: z.discriminatedUnion('kind', [sequentialDocument, thresholdsDocument]).optional(),
  on: z
    .strictObject({
      inconclusive: reactionDocument(['extend', 'hold', 'continue', 'rollback', 'abort']),
      noData: reactionDocument(['extend', 'hold', 'abort']),
      providerError: reactionDocument(['retry', 'hold', 'abort']),
    })
    .optional()
    .describe('What to do when the judge cannot tell.'),
  keepRevisions: z.int().min(1).max(100).optional(),
});
export type StrategyObject = z.output<typeof strategyObject>;

/** The name of a preset, or what is different from one. */
export const strategyDocument = z.union([z.enum(PRESET_NAMES), strategyObject]);
export type StrategyDocument = z.output<typeof strategyDocument>;
