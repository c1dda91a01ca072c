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
      start: z.int().optional().describe('Of a range: the first value.'),
      end: z.int().optional().describe('Of a range: the value behind the last.'),
      interval: z.int().min(1).optional().describe('Of a range: values in one partition.'),
      expiration_days: z.number().positive().optional().describe('Not of a range.'),
      require_filter: z.boolean().optional().describe('Whether queries must name a partition.'),
    })
    .optional()
    .describe('How BigQuery parts the table; DuckDB needs none and ignores it.'),
  cluster_by: oneOrMoreSpec
    .optional()
    .describe('By which columns BigQuery sorts, at most four; DuckDB ignores it.'),
});
export type TableSpec = z.infer<typeof tableSpec>;
