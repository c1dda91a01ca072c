import type { TenantProfile } from '../../../../engine/tenant/tenant-store.ts';
import { scopeOf } from '../../access.ts';
import type { Api } from '../../api.ts';
import type { ApiDeps } from '../../api-deps.ts';
import {
  newTenantBody,
  suspendBody,
  tenantAnswer,
  tenantChangeBody,
  tenantListAnswer,
  tenantListQuery,
  tenantParams,
} from '../../contract/tenant/tenant.ts';
import type { TenantAnswer } from '../../contract/tenant/tenant.ts';

type TenantDeps = Pick<ApiDeps, 'tenants'>;

const admin = { access: 'admin' } as const;
const tags = ['tenants'];
const root = '/api/v1/admin/tenants';

export function addTenantRoutes(api: Api, deps: TenantDeps): void {
  addListRoutes(api, deps);
  addOneTenantRoutes(api, deps);
  addOwnRoutes(api, deps);
}

function addListRoutes(api: Api, { tenants }: TenantDeps): void {
  const created = { 200: tenantAnswer, 201: tenantAnswer };
  const creation = { tags, summary: 'Make a tenant.', body: newTenantBody, response: created };
  api.post(root, { config: admin, schema: creation }, async ({ body }, reply) => {
    const { profile, created } = await tenants.createTenant({
      tenantId: body.tenant_id,
      displayName: body.display_name,
      plan: body.plan,
      timeZone: body.time_zone,
    });
    return reply.code(created ? 201 : 200).send(presentTenant(profile));
  });

  const listing = { tags, querystring: tenantListQuery, response: { 200: tenantListAnswer } };
  api.get(root, { config: admin, schema: listing }, async ({ query }) => {
    const page = await tenants.listTenants(query);
    return { tenants: page.tenants.map(presentTenant), next_cursor: page.next };
  });
}

function addOneTenantRoutes(api: Api, { tenants }: TenantDeps): void {
  const schema = { tags, params: tenantParams, response: { 200: tenantAnswer } };
  const options = { config: admin, schema };
  api.get(`${root}/:tenant_id`, options, async ({ params }) =>
    presentTenant(await tenants.getTenant(params.tenant_id)),
  );
  const change = { config: admin, schema: { ...schema, body: tenantChangeBody } };
  api.patch(`${root}/:tenant_id`, change, async ({ params, body }) =>
    presentTenant(
      await tenants.updateTenant(params.tenant_id, {
        ...(body.display_name !== undefined && { displayName: body.display_name }),
        ...(body.plan !== undefined && { plan: body.plan }),
        ...(body.time_zone !== undefined && { timeZone: body.time_zone }),
        ...(body.google_service_account !== undefined && {
          googleServiceAccount: body.google_service_account,
        }),
      }),
    ),
  );
  const suspension = {
    ...schema,
    summary: 'Let no run of the tenant start; what runs ends, or is cancelled.',
    body: suspendBody,
  };
  api.post(`${root}/:tenant_id/suspend`, { config: admin, schema: suspension }, async (request) => {
    const running = request.body?.running ?? 'finish';
    return presentTenant(await tenants.suspendTenant(request.params.tenant_id, running));
  });
  api.post(`${root}/:tenant_id/resume`, options, async ({ params }) =>
    presentTenant(await tenants.resumeTenant(params.tenant_id)),
  );
}

function addOwnRoutes(api: Api, { tenants }: TenantDeps): void {
  const config = { access: 'read' } as const;
  const me = { config, schema: { tags, response: { 200: tenantAnswer } } };
  api.get('/api/v1/tenants/me', me, async (request) =>
    presentTenant(await tenants.getTenant(scopeOf(request).tenantId)),
  );
}

export function presentTenant(profile: TenantProfile): TenantAnswer {
  return {
    tenant_id: profile.tenantId,
    display_name: profile.displayName,
    status: profile.status,
    plan: profile.plan,
    time_zone: profile.timeZone,
    google_service_account: profile.googleServiceAccount,
    created_at: profile.createdAt.toISOString(),
  };
}
