import { z } from 'zod';
import { instant } from '../instant.ts';
import { nextCursor, pageQuery } from '../page.ts';

const planName = z
  .string()
  .min(1)
  .max(40)
  .describe('One of GET /api/v1/admin/plans; a new tenant gets `starter` unless told.');
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

const googleServiceAccount = z
  .string()
  .regex(
    /^[a-z0-9][a-z0-9-]*@[a-z0-9][a-z0-9.-]*\.gserviceaccount\.com$/,
    'an address such as acme@my-project.iam.gserviceaccount.com',
  )
  .nullable()
  .describe('The account as which BigQuery works for the tenant; null: that of the platform.');

export const tenantChangeBody = z
  .strictObject({
    display_name: displayName,
    plan: planName,
    time_zone: timeZone,
    google_service_account: googleServiceAccount,
  })
  .partial()
  .refine((change) => Object.keys(change).length > 0, 'at least one field to change');
export type TenantChangeBody = z.input<typeof tenantChangeBody>;

const tenantStatus = z
  .enum(['active', 'suspended', 'offboarding'])
  .describe('offboarding: suspended for good, being exported and removed.');

export const tenantAnswer = z.object({
  tenant_id: z.string(),
  display_name: z.string(),
  status: tenantStatus,
  plan: planName,
  time_zone: z.string(),
  google_service_account: z.string().nullable(),
  created_at: instant,
});
export type TenantAnswer = z.infer<typeof tenantAnswer>;

export const tenantListQuery = pageQuery.extend({
  status: tenantStatus.optional(),
  plan: planName.optional(),
});

/** Its body may be left out. */
export const suspendBody = z
  .strictObject({
    running: z
      .enum(['finish', 'cancel'])
      .default('finish')
      .describe(
        'finish: runs that run end, runs that wait go on waiting; cancel: all are cancelled.',
      ),
  })
  .nullish();
export type SuspendBody = NonNullable<z.input<typeof suspendBody>>;

export const tenantListAnswer = z.object({
  tenants: z.array(tenantAnswer),
  next_cursor: nextCursor,
});
export type TenantListAnswer = z.infer<typeof tenantListAnswer>;
