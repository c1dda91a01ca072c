import { z } from 'zod';

export const bootstrapBody = z.strictObject({
  force_recreate_dataset: z.boolean().default(false),
  force_recreate_tables: z.boolean().default(false),
  confirmation: z
    .string()
    .optional()
    .describe('Recreating in production: the token of the 409 answer to the first request.'),
});

export const bootstrapAnswer = z.object({
  status: z.literal('success'),
  message: z.string(),
  dataset: z.literal('tenants'),
  tables_created: z.int(),
});
export type BootstrapAnswer = z.infer<typeof bootstrapAnswer>;
