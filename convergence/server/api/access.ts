import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyRequest, RouteOptions } from 'fastify';
import { fail } from '../../engine/error-codes.ts';
import type { KeyScope } from '../../engine/tenant/key/key-scope.ts';
import type { ApiKeyRecord } from '../../engine/tenant/key/key-store.ts';
import type { TenantScope } from '../../engine/tenant/tenant-scope.ts';
import type { Api } from './api.ts';
import type { ApiDeps } from './api-deps.ts';

/**
 * Who may call a route. A scope: a tenant whose key has it, or an admin who names the tenant in
 * X-Tenant-Id.
 */
export type Access = 'public' | 'admin' | KeyScope;

/** Whoever has ADMIN_API_KEY. */
const BOOTSTRAP_NAME = 'admin';

interface Caller {
  /** What is recorded as the cause of what the caller does. */
  readonly actor: 'api' | 'admin';
  /** Which of them: `admin`, the name of an admin key, or the first characters of an API key. */
  readonly name: string;
  /** Absent for an admin on an admin route. */
  readonly scope?: TenantScope;
}

interface AllowedCaller extends Caller {
  /** Asks again: the key may have been revoked since. @throws as the request would now */
  readonly confirm: () => Promise<unknown>;
}

declare module 'fastify' {
  interface FastifyContextConfig {
    access?: Access;
  }
  interface FastifyRequest {
    caller: AllowedCaller | null;
  }
}

type GuardDeps = Pick<ApiDeps, 'keys' | 'adminKeys' | 'tenants' | 'settings'>;

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
    const confirm = () => identify(request, access);
    request.caller = { ...(await confirm()), confirm };
  });
}

function findUndeclared(routes: readonly RouteOptions[]): Error | undefined {
  const route = routes.find(({ config }) => !config?.access);
  return route && new Error(`route ${String(route.method)} ${route.url} states no access`);
}

/** The tenant in whose name a request of a tenant's route is made. */
export function scopeOf(request: FastifyRequest): TenantScope {
  const scope = request.caller?.scope;
  if (!scope) throw fail('internal', 'a route of tenants was reached without a tenant');
  return scope;
}

export function actorOf(request: FastifyRequest): Caller['actor'] {
  return request.caller?.actor ?? 'api';
}

/** Who made something, as it is kept beside it. */
export function authorOf(request: FastifyRequest): string {
  return request.caller?.name ?? 'unknown';
}

type Identify = (request: FastifyRequest, access: Access | undefined) => Promise<Caller>;

function createIdentify(deps: GuardDeps): Identify {
  const findAdmin = createAdminCheck(deps);
  const asAdmin = async (request: FastifyRequest): Promise<Caller> => {
    const name = await findAdmin(request);
    if (name !== null) return { actor: 'admin', name };
    throw fail('admin_key_invalid', 'This needs an admin key, and it is missing or wrong.', {
      hint: 'Send ADMIN_API_KEY of the server, or a key that begins with cva_, in X-Admin-Key.',
    });
  };
  const actFor = async (tenantId: string, request: FastifyRequest): Promise<Caller> => {
    const admin = await asAdmin(request);
    const profile = await deps.tenants.getTenant(tenantId);
    return { ...admin, scope: { tenantId: profile.tenantId } };
  };
  return async (request, access) => {
    if (access === undefined || access === 'public' || access === 'admin') return asAdmin(request);
    const key = header(request, 'x-api-key');
    if (key) return asTenant(await deps.keys.authenticate(key), access);
    const tenantId = header(request, 'x-tenant-id');
    if (tenantId) return actFor(tenantId, request);
    throw fail('key_missing', 'This needs the API key of a tenant, and none was sent.', {
      hint: 'Send it in the header X-API-Key; POST /api/v1/admin/api-keys makes one.',
    });
  };
}

/** @throws scope_missing */
function asTenant({ tenantId, scopes, prefix }: ApiKeyRecord, needed: KeyScope): Caller {
  if (scopes.includes(needed)) return { actor: 'api', name: prefix, scope: { tenantId } };
  const held = scopes.join(', ');
  throw fail('scope_missing', `This needs the scope ${needed}, and the key has ${held}.`, {
    hint: `Use a key of the tenant that has the scope ${needed}, or ask the operator for one.`,
    details: { scopeNeeded: needed, scopesHeld: scopes },
  });
}

/** The name of the admin who asks; null when it is none. */
function createAdminCheck({ adminKeys, settings }: Pick<GuardDeps, 'adminKeys' | 'settings'>) {
  const expected = settings.ADMIN_API_KEY;
  const expectedDigest = expected ? sha256(expected) : null;
  return async (request: FastifyRequest): Promise<string | null> => {
    if (settings.DISABLE_AUTH) return BOOTSTRAP_NAME;
    const sent = sentAdminKey(request);
    // Hashes, so that neither content nor length of the key shows in the time it takes.
    if (expectedDigest && timingSafeEqual(sha256(sent), expectedDigest)) return BOOTSTRAP_NAME;
    return (await adminKeys.authenticate(sent))?.name ?? null;
  };
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
