import { z } from 'zod';
import { instant } from '../instant.ts';
import { nextCursor } from '../page.ts';

/** Each word begins with a letter or digit, so that no path leaves its folder. */
const NAME = /^[A-Za-z0-9][\w.-]*(\/[A-Za-z0-9][\w.-]*)*\.(ya?ml|json|sql)$/;

export const documentParams = z.object({
  kind: z.enum(['pipelines', 'sources', 'schemas', 'checks', 'transforms']),
  name: z
    .string()
    .max(150)
    .regex(NAME, 'a name such as orders.yml, or daily.sql for a transform')
    .describe('With its ending; a / in it as %2F.'),
});

export const documentBody = z.string().max(1_000_000).describe('YAML, or SQL for a transform.');

export const documentHeaders = z.looseObject({
  'if-match': z
    .string()
    .regex(/^(W\/)?"?\d{1,9}"?$/, 'the ETag of the version to replace')
    .optional()
    .describe('ETag of the version that is replaced; 412 when there is a newer one.'),
  'if-none-match': z.literal('*').optional().describe('`*`: only where there is none yet.'),
});
export type DocumentHeaders = z.output<typeof documentHeaders>;

const origin = z
  .enum(['file', 'api'])
  .describe('file: in the folder of the tenant, changed there; api: sent to the API.');

const documentInfo = z.object({
  path: z.string(),
  origin,
  version: z.int().nullable().describe('null for a file.'),
  changed_at: instant.nullable(),
  changed_by: z.string().nullable(),
});

export const documentListAnswer = z.object({
  documents: z.array(
    documentInfo.extend({
      hidden_version: z
        .int()
        .nullable()
        .describe('Of a document that a file of the same path hides.'),
    }),
  ),
});
export type DocumentListAnswer = z.infer<typeof documentListAnswer>;

export const documentAnswer = documentInfo.extend({ content: z.string() });
export type DocumentAnswer = z.infer<typeof documentAnswer>;

export const versionListQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z.coerce.number().int().min(1).optional().describe('`next_cursor` of the page before.'),
});

export const versionListAnswer = z.object({
  versions: z.array(
    z.object({
      version: z.int(),
      deleted: z.boolean(),
      size_bytes: z.int(),
      changed_at: instant,
      changed_by: z.string(),
    }),
  ),
  next_cursor: nextCursor,
});
export type VersionListAnswer = z.infer<typeof versionListAnswer>;

const version = z.coerce
  .number()
  .int()
  .min(1)
  .max(2 ** 31 - 2);

export const versionQuery = z.strictObject({ version: version.optional() });

export const diffQuery = z.strictObject({
  from: version.optional().describe('Default: the one before `to`.'),
  to: version.optional().describe('Default: the newest.'),
});

export const diffAnswer = z.object({
  path: z.string(),
  from: z.int(),
  to: z.int(),
  diff: z.string().describe('A unified diff; empty when both are the same.'),
});
export type DiffAnswer = z.infer<typeof diffAnswer>;

export const rollbackBody = z.strictObject({
  version: z
    .int()
    .min(1)
    .max(2 ** 31 - 2),
});

export const deletedAnswer = z.object({ path: z.string(), version: z.int() });
export type DeletedAnswer = z.infer<typeof deletedAnswer>;
