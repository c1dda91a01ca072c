import { parseDuration } from 'base/duration.ts';
import { z } from 'zod';
import { instant } from '../instant.ts';

/** What may be told of a key, of a tenant or of an operator. */
export const storedKey = z.object({
  hash: z.string().describe('Names the key in later requests; it does not open anything.'),
  prefix: z.string(),
  created_at: instant,
  created_by: z.string(),
  expires_at: instant.nullable(),
  last_used_at: instant.nullable().describe('Accurate to a minute.'),
  revoked_at: instant.nullable(),
  replaced_by: z.string().nullable().describe('Hash of the key that a rotation made.'),
});

export const keyParams = z.object({
  hash: z.string().regex(/^[0-9a-f]{64}$/, '64 hexadecimal digits'),
});

const MAX_OVERLAP_MS = 90 * 86_400_000;

export const rotationBody = z.strictObject({
  overlap: z
    .string()
    .regex(/^\d+(\.\d+)?(ms|s|m|h|d)$/, 'a duration such as 30m, 24h or 7d')
    .refine((text) => parseOverlap(text) <= MAX_OVERLAP_MS, 'at most 90d')
    .default('24h')
    .describe('For how long the old key still opens; 0s ends it at once.'),
});
export type RotationBody = z.input<typeof rotationBody>;

function parseOverlap(text: string): number {
  try {
    return parseDuration(text);
  } catch {
    return 0;
  }
}
