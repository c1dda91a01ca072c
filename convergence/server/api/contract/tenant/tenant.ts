import { z } from 'zod';
import { DEFAULT_PLANS } from '../../../../engine/tenant/plan.ts';
import type { PlanName } from '../../../../engine/tenant/plan.ts';
import { instant } from '../instant.ts';
import { nextCursor } from '../page.ts';

const planName = z.enum(Object.keys(DEFAULT_PLANS) as [PlanName, ...PlanName[]]);
const displayName = z.string().trim().min(1).max(200);
const timeZone = z
  .string()
  .refine(isTimeZone, 'an IANA time zone such as Europe/Berlin')
  .describe('IANA name; days of quotas begin at its midnight.');

function isTimeZone(name: string): boolean {
  try {
    return Boolean(new Intl.DateTimeFormat('en', { timeZone: name }));
  } catch {
    return false;
  }
}

export const tenantId = z
  .string()
  .regex(/^[a-z][a-z0-9_]{2,49}$/, '3 to 50 of a-z, 0-9 and _, beginning with a letter');

export const tenantParams = z.object({ tenant_id: tenantId });

export const newTenantBody = z.strictObject({
  tenant_id: tenantId,
  display_name: displayName.optional(),
  plan: planName.optional(),
  time_zone: timeZone.optional(),
});
export type NewTenantBody = z.input<typeof newTenantBody>;

export const tenantChangeBody = z
  .strictObject({ display_name: displayName, plan: planName, time_zone: timeZone })
  .partial()
  .refine((change) => Object.keys(change).length > 0, 'at least one field to change');

export const tenantAnswer = z.object({
  tenant_id: z.string(),
  display_name: z.string(),
  status: z.enum(['active', 'suspended']),
  plan: planName,
  time_zone: z.string(),
  created_at: instant,
});
export type TenantAnswer = z.infer<typeof tenantAnswer>;

export const tenantListAnswer = z.object({
  tenants: z.array(tenantAnswer),
  next_cursor: nextCursor,
});
export type TenantListAnswer = z.infer<typeof tenantListAnswer>;

export const onboardBody = newTenantBody.extend({
  sample_pipeline: z.boolean().default(true).describe('Write a first pipeline where it can be.'),
  dry_run: z.boolean().default(false).describe('Only say what would be done.'),
});
export type OnboardBody = z.input<typeof onboardBody>;

export const onboardAnswer = z.object({
  dry_run: z.boolean(),
  tenant: tenantAnswer.nullable().describe('null in a dry run of a new tenant.'),
  api_key: z.string().nullable().describe('Shown once; null when the tenant has a key already.'),
  steps: z.array(
    z.object({
      name: z.enum(['profile', 'api_key', 'sample_pipeline']),
      state: z.enum(['done', 'was_there', 'would_do', 'left_out']),
      note: z.string(),
    }),
  ),
});
export type OnboardAnswer = z.infer<typeof onboardAnswer>;
