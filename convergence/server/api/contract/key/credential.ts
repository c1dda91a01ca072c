import { z } from 'zod';
import { instant } from '../instant.ts';

const MAX_CHARACTERS = 65_536;

export const credentialParams = z.object({
  name: z
    .string()
    .regex(
      /^[A-Za-z0-9_-][A-Za-z0-9_.-]{0,199}$/,
      'up to 200 letters, digits, dashes, underscores and dots, not beginning with a dot',
    ),
});

export const credentialBody = z.strictObject({
  value: z
    .string()
    .min(1)
    .max(MAX_CHARACTERS)
    .describe('What {{ secrets.NAME }} in a config becomes; never shown again.'),
});
export type CredentialBody = z.input<typeof credentialBody>;

export const credentialAnswer = z.object({
  name: z.string(),
  created_at: instant,
  rotated_at: instant.nullable().describe('When its value was last replaced.'),
  created_by: z.string().describe('Who stored its present value.'),
});
export type CredentialAnswer = z.infer<typeof credentialAnswer>;

export const credentialListAnswer = z.object({ credentials: z.array(credentialAnswer) });
export type CredentialListAnswer = z.infer<typeof credentialListAnswer>;
