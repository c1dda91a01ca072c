import { z } from 'zod';
import { oneOrMoreSpec } from './scalar-spec.ts';

/** The YAML header comment of a file in `transforms/`. */
export const transformHeaderSpec = z.strictObject({
  description: z.string().optional(),
  materialized: z.enum(['view', 'table', 'incremental']).default('table'),
  unique_key: oneOrMoreSpec.optional(),
  partition_by: z.string().optional(),
  cluster_by: oneOrMoreSpec.optional(),
  checks: oneOrMoreSpec.optional().describe('Paths of check files that the result must pass.'),
});
export type TransformHeader = z.output<typeof transformHeaderSpec>;

/** A file in `transforms/`; it makes the table that it is named for. */
export interface TransformSpec {
  readonly name: string;
  readonly file: string;
  readonly header: TransformHeader;
  /** SQL with the template's expressions still in. */
  readonly template: string;
  /** Line of the file on which `template` begins, to place errors. */
  readonly firstLine: number;
}
