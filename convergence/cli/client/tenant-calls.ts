import type {
  NewTenantBody,
  SuspendBody,
  TenantAnswer,
  TenantChangeBody,
  TenantListAnswer,
} from '../../server/api/contract/tenant/tenant.ts';
import type { OffboardAnswer, OffboardBody } from '../../server/api/contract/tenant/offboarding.ts';
import type { OnboardAnswer, OnboardBody } from '../../server/api/contract/tenant/onboarding.ts';
import type { Query, SendCall } from './send-call.ts';

const root = '/api/v1/admin/tenants';
const id = encodeURIComponent;

/** What the operator does with tenants. */
export function tenantCalls(send: SendCall) {
  return {
    onboardTenant: (body: OnboardBody) =>
      send<OnboardAnswer>('POST', '/api/v1/tenants/onboard', { body }),
    createTenant: (body: NewTenantBody) => send<TenantAnswer>('POST', root, { body }),
    listTenants: (query: Query) => send<TenantListAnswer>('GET', root, { query }),
    getTenant: (tenant: string) => send<TenantAnswer>('GET', `${root}/${id(tenant)}`),
    updateTenant: (tenant: string, body: TenantChangeBody) =>
      send<TenantAnswer>('PATCH', `${root}/${id(tenant)}`, { body }),
    suspendTenant: (tenant: string, body: SuspendBody) =>
      send<TenantAnswer>('POST', `${root}/${id(tenant)}/suspend`, { body }),
    resumeTenant: (tenant: string) => send<TenantAnswer>('POST', `${root}/${id(tenant)}/resume`),
    offboardTenant: (tenant: string, body: OffboardBody) =>
      send<OffboardAnswer>('POST', `${root}/${id(tenant)}/offboard`, { body }),
    deleteTenant: (tenant: string) =>
      send<OffboardAnswer>('DELETE', `${root}/${id(tenant)}`, { query: { confirm: tenant } }),
  };
}
