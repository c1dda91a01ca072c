import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyRequest, RouteOptions } from 'fastify';
import { fail } from '../../engine/error-codes.ts';
import type { TenantScope } from '../../engine/tenant/tenant-scope.ts';
import type { Api } from './api.ts';
import type { ApiDeps } from './api-deps.ts';

/** Who may call a route: `tenant` is also an admin who names the tenant in X-Tenant-Id. */
export type Access = 'public' | 'tenant' | 'admin';

interface Caller {
  /** What is recorded as the cause of what the caller does. */
  readonly actor: 'api' | 'admin';
  /** Absent for an admin on an admin route. */
  readonly scope?: TenantScope;
}

declare module 'fastify' {
  interface FastifyContextConfig {
    access?: Access;
  }
  interface FastifyRequest {
    caller: Caller | null;
  }
}

type GuardDeps = Pick<ApiDeps, 'keys' | 'tenants' | 'settings'>;

/**
 * Every route must state its access, or the app does not start; each request is held against it
 * before its body is read.
 */
export function guardRoutes(app: Api, deps: GuardDeps): void {
  const identify = createIdentify(deps);
  app.decorateRequest('caller', null);
  const routes: RouteOptions[] = [];
  app.addHook('onRoute', (route) => void routes.push(route));
  app.addHook('onReady', (done) => done(findUndeclared(routes)));
  app.addHook('onRequest', async (request) => {
    const { access } = request.routeOptions.config;
    if (request.is404 || access === 'public') return;
    request.caller = await identify(request, access);
  });
}

function findUndeclared(routes: readonly RouteOptions[]): Error | undefined {
  const route = routes.find(({ config }) => !config?.access);
  return route && new Error(`route ${String(route.method)} ${route.url} states no access`);
}

/** The tenant in whose name a request of a `tenant` route is made. */
export function scopeOf(request: FastifyRequest): TenantScope {
  const scope = request.caller?.scope;
  if (!scope) throw fail('internal', 'a route of tenants was reached without a tenant');
  return scope;
}

export function actorOf(request: FastifyRequest): Caller['actor'] {
  return request.caller?.actor ?? 'api';
}

function createIdentify({ keys, tenants, settings }: GuardDeps) {
  const isAdmin = createAdminCheck(settings);
  const asAdmin = (request: FastifyRequest): Caller => {
    if (isAdmin(request)) return { actor: 'admin' };
    throw fail('admin_key_invalid', 'This needs the admin key, and it is missing or wrong.', {
      hint: 'Send ADMIN_API_KEY of the server in the header X-Admin-Key.',
    });
  };
  const actFor = async (tenantId: string, request: FastifyRequest): Promise<Caller> => {
    const admin = asAdmin(request);
    const profile = await tenants.getTenant(tenantId);
    return { ...admin, scope: { tenantId: profile.tenantId } };
  };
  return async (request: FastifyRequest, access: Access | undefined): Promise<Caller> => {
    if (access !== 'tenant') return asAdmin(request);
    const key = header(request, 'x-api-key');
    if (key) return { actor: 'api', scope: await keys.authenticate(key) };
    const tenantId = header(request, 'x-tenant-id');
    if (tenantId) return actFor(tenantId, request);
    throw fail('key_missing', 'This needs the API key of a tenant, and none was sent.', {
      hint: 'Send it in the header X-API-Key; POST /api/v1/admin/api-keys makes one.',
    });
  };
}

/** Hashes first, so that neither content nor length of the key shows in the time it takes. */
function createAdminCheck(settings: GuardDeps['settings']): (request: FastifyRequest) => boolean {
  if (settings.DISABLE_AUTH) return () => true;
  const expected = settings.ADMIN_API_KEY;
  if (!expected) return () => false;
  const expectedDigest = sha256(expected);
  return (request) => timingSafeEqual(sha256(sentAdminKey(request)), expectedDigest);
}

/** Prometheus cannot send a header of its own choice, only a bearer token. */
function sentAdminKey(request: FastifyRequest): string {
  const bearer = /^Bearer (.+)$/i.exec(request.headers.authorization ?? '')?.[1];
  return header(request, 'x-admin-key') ?? bearer ?? '';
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function header(request: FastifyRequest, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
}
