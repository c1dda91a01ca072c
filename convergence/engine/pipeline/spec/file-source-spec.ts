import { z } from 'zod';
import { nameSpec, oneOrMoreSpec } from './scalar-spec.ts';
import { loadFields } from './resource-spec.ts';

/** A resource of files, wherever they lie. */
const fileFields = {
  name: nameSpec,
  ...loadFields,
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
};

const fileResourceSpec = z.strictObject({
  ...fileFields,
  path: oneOrMoreSpec.describe('Paths or globs, relative to the folder of the tenant.'),
});

/** `sources/*.yml` with `type: file`. */
export const fileSourceSpec = z.strictObject({
  type: z.literal('file'),
  description: z.string().optional(),
  resources: z.array(fileResourceSpec).min(1).max(1000),
});

const secret = z.string().min(1).describe('Name a secret: {{ secrets.name }}.');

export const s3CredentialsSpec = z.strictObject({
  access_key_id: secret,
  secret_access_key: secret,
  session_token: secret.optional(),
  region: z.string().default('us-east-1'),
  endpoint: z
    .string()
    .optional()
    .describe('Of another storage that speaks S3, such as https://minio.example.com.'),
});
export type S3Credentials = z.infer<typeof s3CredentialsSpec>;

const gcsCredentialsSpec = z.strictObject({
  service_account_key: secret.describe('JSON of a key; name a secret: {{ secrets.name }}.'),
});

/** `sources/*.yml` with `type: object_storage`. */
export const objectSourceSpec = z.strictObject({
  type: z.literal('object_storage'),
  description: z.string().optional(),
  credentials: z
    .union([s3CredentialsSpec, gcsCredentialsSpec])
    .optional()
    .describe('Absent: those of the platform, where its operator allows them.'),
  resources: z
    .array(
      z.strictObject({
        ...fileFields,
        path: oneOrMoreSpec.describe('gs://bucket/path or s3://bucket/path; may be globs.'),
      }),
    )
    .min(1)
    .max(1000),
});
export type ObjectSourceSpec = z.infer<typeof objectSourceSpec>;
export type ObjectResource = ObjectSourceSpec['resources'][number];

export type FileSourceSpec = z.infer<typeof fileSourceSpec>;
export type FileResource = z.infer<typeof fileResourceSpec>;
