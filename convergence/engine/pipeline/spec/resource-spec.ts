import { z } from 'zod';
import { oneOrMoreSpec } from './scalar-spec.ts';
import { schemaContractSpec } from './table-spec.ts';

const disposition = z.enum(['append', 'replace', 'merge']);

/** What every kind of source says of one resource: where its rows go and what must hold of them. */
export const loadFields = {
  table_name: z.string().optional().describe('Default: the name of the resource, made safe.'),
  write_disposition: z
    .union([
      disposition,
      z
        .strictObject({
          disposition,
          strategy: z.enum(['delete-insert', 'upsert']).optional(),
        })
        .transform((value) => value.disposition),
    ])
    .optional(),
  primary_key: oneOrMoreSpec.optional(),
  schema: z.string().optional().describe('Path of a schema file.'),
  checks: z.string().optional().describe('Path of a check file, applied while rows arrive.'),
  schema_contract: schemaContractSpec.optional(),
  processing_steps: z
    .array(
      z.union([
        z.strictObject({ filter: z.string() }),
        z.strictObject({ map: z.record(z.string(), z.string()) }),
      ]),
    )
    .optional()
    .describe('SQL expressions over the columns: filter keeps rows, map sets columns.'),
  parallelized: z.boolean().optional().describe('Of dlt; changes nothing, resources are parallel.'),
  selected: z
    .literal(true)
    .optional()
    .describe('Of dlt; choose with `resources` of an ingest step instead of selected: false.'),
};

/** The load of one resource with all defaults applied; what `flow` works on. */
export interface LoadSpec {
  readonly resource: string;
  readonly table: string;
  readonly disposition: z.infer<typeof disposition>;
  readonly primaryKey: readonly string[];
  readonly contract: z.output<typeof schemaContractSpec>;
  /** Paths in the tenant's folder. */
  readonly schemaFile: string | null;
  readonly checksFile: string | null;
  readonly processing: readonly ({ filter: string } | { map: Record<string, string> })[];
}
