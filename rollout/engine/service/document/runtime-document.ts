import { z } from 'zod';
import { durationDocument, filePathDocument, urlPathDocument } from './scalar-document.ts';

const RESERVED = new Set(['PORT', 'K_SERVICE', 'K_REVISION', 'K_CONFIGURATION']);

const variableName = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'a name of letters, digits and _')
  .refine((name) => !RESERVED.has(name), 'another name: the platform sets this one itself');

export const secretReference = z
  .string()
  .regex(
    /^(projects\/[a-z0-9-]+\/secrets\/)?[A-Za-z0-9_-]{1,255}(:(latest|[1-9]\d*))?$/,
    'the name of a secret in Secret Manager, such as db-password or db-password:3',
  )
  .transform((text) => {
    const [secret = '', version = 'latest'] = text.split(':');
    return { secret, version };
  });

/** What a revision is given to run with. Each key may stand at any level; the closest one wins. */
export const runtimeShape = {
  cpu: z
    .union([z.string(), z.number()])
    .transform(String)
    .refine((cpu) => /^(\d{2,3}m|\d+(\.\d+)?)$/.test(cpu), 'a number of CPUs such as 1 or 500m')
    .optional(),
  memory: z
    .string()
    .regex(/^[1-9]\d*(Mi|Gi)$/, 'a size such as 512Mi or 2Gi')
    .optional(),
  concurrency: z.int().min(1).max(1000).optional().describe('Requests at once for an instance.'),
  timeout: durationDocument.optional().describe('For one request, at most 1h.'),
  minInstances: z.int().min(0).max(1000).optional(),
  maxInstances: z.int().min(1).max(1000).optional(),
  env: z
    .record(variableName, z.union([z.string(), z.number(), z.boolean()]).transform(String))
    .optional(),
  envFile: filePathDocument.optional().describe('Lines of NAME=value; env wins over it.'),
  secrets: z
    .record(variableName, secretReference)
    .optional()
    .describe('Variables whose values are in Secret Manager: name, or name:version.'),
  serviceAccount: z
    .string()
    .regex(/^[^@\s]+@[^@\s]+\.[^@\s]+$/, 'the email address of a service account')
    .optional(),
  command: z.array(z.string().min(1)).min(1).optional().describe('Instead of what the image runs.'),
  args: z.array(z.string()).optional(),
  workingDir: filePathDocument.optional().describe('Of a process of local-cloud.'),
  port: z.int().min(1).max(65535).optional(),
  probes: z
    .strictObject({ startup: urlPathDocument.optional(), liveness: urlPathDocument.optional() })
    .optional()
    .describe('Paths that the platform asks.'),
};
