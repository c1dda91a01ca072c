import { z } from 'zod';

/** `500ms`, `10s`, `5m`, `2h`, `1d`; parsed by `parseDuration` of base. */
export const durationSpec = z
  .string()
  .regex(/^\d+(\.\d+)?(ms|s|m|h|d)$/, 'a duration such as 500ms, 10s, 5m, 2h or 1d');

/** Names that become columns, tables, folders and metric labels. */
export const nameSpec = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_-]{0,99}$/, 'a name of letters, digits, _ and -, at most 100 long');

export const scalarSpec = z.union([z.string(), z.number(), z.boolean(), z.null()]);
export type Scalar = z.infer<typeof scalarSpec>;

/** A string or a list of strings, always read as a list. */
export const oneOrMoreSpec = z
  .union([z.string(), z.array(z.string()).min(1)])
  .transform((value) => (typeof value === 'string' ? [value] : value));
