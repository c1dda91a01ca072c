import { z } from 'zod';
import { oneOrMoreSpec } from './scalar-spec.ts';

const contractMode = z.enum(['evolve', 'freeze', 'discard_row', 'discard_value']);

/** What may change when data does not fit the table; one word stands for all three. */
export const schemaContractSpec = z
  .union([
    contractMode,
    z.strictObject({
      tables: z.enum(['evolve', 'freeze']).default('evolve'),
      columns: contractMode.default('evolve'),
      data_type: contractMode.default('evolve'),
    }),
  ])
  .transform((contract) =>
    typeof contract === 'string'
      ? {
          tables: contract === 'freeze' ? ('freeze' as const) : ('evolve' as const),
          columns: contract,
          data_type: contract,
        }
      : contract,
  );
export type SchemaContract = z.infer<typeof schemaContractSpec>;

/** `schemas/*.yml`: a declared table. */
export const tableSpec = z.strictObject({
  table: z.string(),
  description: z.string().optional(),
  columns: z
    .array(
      z.strictObject({
        name: z.string(),
        type: z
          .string()
          .describe('text, bigint, double, decimal(18,3), boolean, date, time, timestamp, …'),
        nullable: z.boolean().default(true),
        description: z.string().optional(),
      }),
    )
    .min(1)
    .max(5000),
  primary_key: oneOrMoreSpec.optional(),
  partition_by: z
    .strictObject({
      field: z.string(),
      type: z.enum(['day', 'hour', 'month', 'year', 'range']),
      expiration_days: z.number().optional(),
      require_filter: z.boolean().optional(),
    })
    .optional(),
  cluster_by: oneOrMoreSpec.optional(),
});
export type TableSpec = z.infer<typeof tableSpec>;
