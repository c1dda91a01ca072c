import { z } from 'zod';
import { KEY_SCOPES } from '../../../../engine/tenant/key/key-scope.ts';
import { instant } from '../instant.ts';
import { tenantId } from '../tenant/tenant.ts';
import { storedKey } from './stored-key.ts';

const scopes = z
  .array(z.enum(KEY_SCOPES))
  .min(1)
  .refine((list) => new Set(list).size === list.length, 'each once')
  .describe('run: start and stop runs; read: look; configure: change what is declared.');

export const newKeyBody = z.strictObject({
  tenant_id: tenantId,
  description: z.string().trim().min(1).max(200),
  scopes: scopes.default([...KEY_SCOPES]),
  expires_at: instant.optional(),
});
export type NewKeyBody = z.input<typeof newKeyBody>;

export const keyListQuery = z.strictObject({ tenant_id: tenantId.optional() });

export const keyAnswer = storedKey.extend({
  tenant_id: z.string(),
  description: z.string(),
  scopes,
});
export type KeyAnswer = z.infer<typeof keyAnswer>;

export const newKeyAnswer = keyAnswer.extend({
  api_key: z.string().describe('The key itself, shown this once.'),
});
export type NewKeyAnswer = z.infer<typeof newKeyAnswer>;

export const keyListAnswer = z.object({ api_keys: z.array(keyAnswer) });
export type KeyListAnswer = z.infer<typeof keyListAnswer>;
