import { z } from 'zod';
import { instant } from '../instant.ts';
import { storedKey } from './stored-key.ts';

export const newAdminKeyBody = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z0-9][a-z0-9._-]{0,63}$/, 'up to 64 of a-z, 0-9, dot, dash and underscore')
    .refine((name) => name !== 'admin', "'admin' is the key in ADMIN_API_KEY")
    .describe('Who has the key; what they make is recorded under it.'),
  expires_at: instant.optional(),
});
export type NewAdminKeyBody = z.input<typeof newAdminKeyBody>;

export const adminKeyAnswer = storedKey.extend({ name: z.string() });
export type AdminKeyAnswer = z.infer<typeof adminKeyAnswer>;

export const newAdminKeyAnswer = adminKeyAnswer.extend({
  admin_key: z.string().describe('The key itself, shown this once.'),
});
export type NewAdminKeyAnswer = z.infer<typeof newAdminKeyAnswer>;

export const adminKeyListAnswer = z.object({ admin_keys: z.array(adminKeyAnswer) });
export type AdminKeyListAnswer = z.infer<typeof adminKeyListAnswer>;
