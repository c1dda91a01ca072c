import { fail } from '../error-codes.ts';
import type { NewTenant, TenantProfile } from './tenant-store.ts';

/**
 * Making a tenant again is the same, unless a value that is asked for differs from what is there.
 * @throws tenant_exists, tenant_offboarding
 */
export function assertSameTenant(profile: TenantProfile, wanted: NewTenant): void {
  if (profile.status === 'offboarding') {
    throw fail('tenant_offboarding', `The tenant that is called ${profile.tenantId} leaves.`, {
      hint: 'Wait for the end of its offboarding, or take another id.',
    });
  }
  for (const name of ['displayName', 'plan', 'timeZone'] as const) {
    if (wanted[name] === undefined || wanted[name] === profile[name]) continue;
    const message = `Tenant ${profile.tenantId} exists with ${name} '${profile[name]}', not '${wanted[name]}'.`;
    throw fail('tenant_exists', message, { hint: 'Change the tenant, or take another id.' });
  }
}
