import { z } from 'zod';

const confirm = z.string().max(60).optional().describe('The id of the tenant, once more.');

export const offboardBody = z
  .strictObject({
    confirm,
    folder: z
      .string()
      .regex(/^[a-z0-9][a-z0-9._-]{0,99}$/, '1 to 100 of a-z, 0-9, ., _ and -')
      .optional()
      .describe(
        'Made below EXPORT_LOCATION, or DATA_DIR/exports on the server; default: the id of the tenant.',
      ),
  })
  .nullish();
export type OffboardBody = NonNullable<z.input<typeof offboardBody>>;

export const removalQuery = z.strictObject({ confirm });

const exportedFile = z.object({
  name: z.string(),
  file: z.string().nullable().describe('Below the folder; null when it could not be written.'),
  rows: z.int(),
  size_bytes: z.int(),
  problem: z.string().optional().describe('Why a view gives no rows.'),
});

export const offboardAnswer = z.object({
  tenant_id: z.string(),
  folder: z.string().nullable().describe('Below DATA_DIR of the server; null: nothing exported.'),
  exported: z.object({
    tables: z.array(exportedFile).describe('As Parquet.'),
    records: z.array(exportedFile).describe('As JSON: profile, keys, configs, runs and more.'),
  }),
  removed: z.object({
    rows: z.record(z.string(), z.int()).describe('Of the control database, by table.'),
    warehouse_bytes: z.int().describe('The database file of the tenant.'),
    parts_bytes: z.int().describe('Raw parts of its runs.'),
  }),
  stays: z.string().describe('What belongs to the operator and was not touched.'),
});
export type OffboardAnswer = z.infer<typeof offboardAnswer>;
