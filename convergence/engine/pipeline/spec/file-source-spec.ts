import { z } from 'zod';
import { nameSpec, oneOrMoreSpec } from './scalar-spec.ts';
import { loadFields } from './resource-spec.ts';

export const fileResourceSpec = z.strictObject({
  name: nameSpec,
  ...loadFields,
  path: oneOrMoreSpec.describe('Paths or globs, relative to the folder of the tenant.'),
  format: z
    .enum(['csv', 'ndjson', 'json', 'parquet'])
    .optional()
    .describe('Default: from the name of each file.'),
  compression: z.enum(['none', 'gzip', 'zstd']).optional(),
  csv: z
    .strictObject({
      delimiter: z.string().min(1).max(4).optional(),
      quote: z.string().length(1).optional(),
      header: z.boolean().optional(),
      null_values: z.array(z.string()).optional(),
      date_format: z.string().optional(),
      timestamp_format: z.string().optional(),
      decimal_separator: z.enum(['.', ',']).optional(),
      encoding: z.string().optional(),
      skip: z.int().min(0).optional(),
    })
    .optional(),
  data_selector: z.string().optional().describe('JSON only: path of the list of records.'),
  incremental: z
    .enum(['new_files', 'all'])
    .default('new_files')
    .describe('new_files: only files that are new or changed since the last load.'),
});

/** `sources/*.yml` with `type: file`. */
export const fileSourceSpec = z.strictObject({
  type: z.literal('file'),
  description: z.string().optional(),
  resources: z.array(fileResourceSpec).min(1).max(1000),
});
export type FileSourceSpec = z.infer<typeof fileSourceSpec>;
export type FileResource = z.infer<typeof fileResourceSpec>;
