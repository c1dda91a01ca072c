import { z } from 'zod';
import { instant } from '../instant.ts';

const masterKey = z.object({
  version: z.string(),
  created_at: instant.nullable().describe('Null when the KMS does not have it.'),
  is_newest: z.boolean(),
  values: z.number().int().describe('How many values are encrypted under it.'),
});

export const masterKeyListAnswer = z.object({ master_keys: z.array(masterKey) });
export type MasterKeyListAnswer = z.infer<typeof masterKeyListAnswer>;

export const rewrapAnswer = z.object({
  rewrapped: z.number().int(),
  refused: z.array(z.string()).describe('What could not be decrypted.'),
});
export type RewrapAnswer = z.infer<typeof rewrapAnswer>;
