import { z } from 'zod';
import { instant } from './instant.ts';
import { tenantId } from './tenant/tenant.ts';

export const newKeyBody = z.strictObject({
  tenant_id: tenantId,
  description: z.string().trim().min(1).max(200),
  expires_at: instant.optional(),
});
export type NewKeyBody = z.input<typeof newKeyBody>;

export const keyParams = z.object({
  hash: z.string().regex(/^[0-9a-f]{64}$/, '64 hexadecimal digits'),
});

export const keyListQuery = z.strictObject({ tenant_id: tenantId.optional() });

export const keyAnswer = z.object({
  hash: z.string().describe('Names the key in later requests; it does not open anything.'),
  prefix: z.string(),
  tenant_id: z.string(),
  description: z.string(),
  created_at: instant,
  expires_at: instant.nullable(),
  last_used_at: instant.nullable(),
  revoked_at: instant.nullable(),
});
export type KeyAnswer = z.infer<typeof keyAnswer>;

export const newKeyAnswer = keyAnswer.extend({
  api_key: z.string().describe('The key itself, shown this once.'),
});
export type NewKeyAnswer = z.infer<typeof newKeyAnswer>;

export const keyListAnswer = z.object({ api_keys: z.array(keyAnswer) });
export type KeyListAnswer = z.infer<typeof keyListAnswer>;
