import { z } from 'zod';
import { gatesDocument } from './gates-document.ts';
import { runtimeShape } from './runtime-document.ts';
import {
  durationDocument,
  environmentNameDocument,
  filePathDocument,
  imageDocument,
  oneOrMoreDocument,
  serviceNameDocument,
  urlPathDocument,
} from './scalar-document.ts';
import { schedulerDocument } from './scheduler-document.ts';
import { strategyDocument } from './strategy-document.ts';

const buildDocument = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('dockerfile'),
    file: filePathDocument.default('Dockerfile'),
    context: filePathDocument.default('.'),
    args: z.record(z.string(), z.string()).default({}),
  }),
  z.strictObject({
    kind: z.literal('cloud-build'),
    file: filePathDocument
      .optional()
      .describe('Of Cloud Build; without it the Dockerfile is built.'),
    context: filePathDocument.default('.'),
  }),
  z.strictObject({ kind: z.literal('none') }).describe('The image is there already.'),
]);

const checkDocument = z.strictObject({
  name: z.string().min(1).optional(),
  method: z.enum(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']).default('GET'),
  path: urlPathDocument,
  headers: z.record(z.string(), z.string()).default({}),
  body: z.string().optional(),
  status: z.int().min(100).max(599).default(200),
  contains: z.string().min(1).optional().describe('Text that the answer must contain.'),
  maxLatency: durationDocument.prefault('10s').describe('A slower answer fails.'),
});

/** What both a service and an environment may decide. */
const decisions = {
  image: imageDocument
    .optional()
    .describe('Repository that images are pushed to; with build none, the image itself.'),
  gates: gatesDocument.optional(),
  strategy: strategyDocument.optional(),
  scheduler: schedulerDocument
    .optional()
    .describe('Jobs of Cloud Scheduler that call the service, by name.'),
  ...runtimeShape,
};

const suites = z.record(z.string().min(1), z.array(checkDocument).min(1)).optional();
const paths = oneOrMoreDocument
  .optional()
  .describe('Globs: only changes of these files ship the service.');

const environmentDocument = z.strictObject({
  project: z.string().regex(/^[a-z][a-z0-9-]{1,29}$/, 'the id of a Google project, or local'),
  region: z
    .string()
    .regex(/^[a-z]+-[a-z]+\d+$/, 'a region such as europe-west1')
    .optional(),
  branches: oneOrMoreDocument.optional().describe('Globs such as feature/*.'),
  approval: z.boolean().optional().describe('Somebody approves before anything moves.'),
  ...decisions,
});

const serviceDocument = z.strictObject({
  name: serviceNameDocument,
  paths,
  build: buildDocument.optional(),
  suites,
  environments: z.record(environmentNameDocument, z.strictObject(decisions)).optional(),
  ...decisions,
});

/** rollout.yaml as it is written; what it comes to is `RolloutFile`. */
export const rolloutDocument = z.strictObject({
  service: serviceNameDocument.optional().describe('The one service of the file.'),
  services: z
    .array(serviceDocument)
    .min(1)
    .optional()
    .describe('Several services, in the order in which they are shipped.'),
  paths,
  build: buildDocument.optional(),
  suites,
  environments: z
    .record(environmentNameDocument, environmentDocument)
    .refine((all) => Object.keys(all).length > 0, 'at least one environment'),
  ...decisions,
});
export type RolloutDocument = z.output<typeof rolloutDocument>;
export type BuildDocument = z.output<typeof buildDocument>;
