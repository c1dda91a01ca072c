import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ADMIN_KEY, openTestApi } from './test-api.fake.ts';
import type { TestApi } from './test-api.fake.ts';

const PIPELINE = `
pipeline_id: secret_sauce
steps:
  - name: delays
    type: transform
    transforms: transforms/delays.sql
`;

let api: TestApi;
let ours: string;
let theirs: string;
let runId: string;

before(async () => {
  api = await openTestApi({ RATE_LIMIT_PER_ADDRESS: '0', RATE_LIMIT_PER_KEY: '0' });
  ours = await api.onboard('acme_corp');
  theirs = await api.onboard('other_corp');
  await api.writeConfig('acme_corp/pipelines/p.yml', PIPELINE);
  await api.writeConfig('acme_corp/transforms/delays.sql', 'SELECT 1 AS a');
  const run = await api.call('POST /api/v1/pipelines/run/secret_sauce', { key: ours, body: {} });
  runId = String(run.body.pipeline_logging_id);
});
after(() => api.close());

/** As `GET /api/v1/tables/:name`, from the tree that the app prints. */
function allRoutes(): string[] {
  const stack: string[] = [];
  return api.app
    .printRoutes({ commonPrefix: false })
    .split('\n')
    .flatMap((line) => {
      const [, indent = '', part = '', methods] =
        /^([│├└─ ]*)(\S*)(?: \((.*)\))?$/.exec(line) ?? [];
      const depth = Math.floor(indent.length / 4);
      stack.splice(depth - 1, Infinity, part);
      const url = stack.join('');
      return methods?.split(', ').map((method) => `${method} ${url}`) ?? [];
    });
}

const ACME: Record<string, string> = {
  ':tenant_id': 'acme_corp',
  ':pipeline_id': 'secret_sauce',
  ':hash': 'a'.repeat(64),
  ':kind': 'checks',
  ':name': 'orders.yml',
};
const UNKNOWN: Record<string, string> = {
  ':tenant_id': 'nobody_corp',
  ':pipeline_id': 'unheard_of',
  ':pipeline_logging_id': '01a1fd73-d7ff-74fa-8633-6ee4257b5a07',
  ':hash': 'b'.repeat(64),
  ':kind': 'checks',
  ':name': 'nothing.yml',
};

const isPublic = (route: string) => / \/(health|docs|openapi\.json|metrics)/.test(route);
const isAdmin = (route: string) => / \/api\/v1\/(admin\/|tenants\/onboard|scheduler\/)/.test(route);
const guardedRoutes = () => allRoutes().filter((route) => !isPublic(route));
const tenantRoutes = () => guardedRoutes().filter((route) => !isAdmin(route));

function fill(route: string, values: Record<string, string>): string {
  const all: Record<string, string> = { ':pipeline_logging_id': runId, ...values };
  return route.replaceAll(/:\w+/g, (name) => all[name] ?? name);
}

/** A body with which a route would do its work. */
function bodyOf(route: string): object | undefined {
  if (!/^(POST|PATCH)/.test(route) || /restart|suspend|resume/.test(route)) return undefined;
  if (route.endsWith('/query')) return { sql: 'SELECT 1' };
  if (route.endsWith('/rollback')) return { version: 1 };
  if (route.includes('/sources/')) return { source: 'sources/s.yml', resource: 'r' };
  if (route.includes('/backfill')) return { from: '2026-01-01', to: '2026-01-02' };
  return /\/run\/|replay|rotate|redeliver|test$/.test(route)
    ? {}
    : { tenant_id: 'acme_corp', description: 'x' };
}

async function refusalsOf(routes: readonly string[], headers: Record<string, string>) {
  const found: string[] = [];
  for (const route of routes) {
    const reply = await api.call(fill(route, ACME), { headers, body: bodyOf(route) });
    const code = route.startsWith('HEAD') ? '' : String(reply.body.code);
    assert.doesNotMatch(reply.text, /acme_corp|secret_sauce/, route);
    found.push(`${reply.status} ${code}`.trim());
  }
  return [...new Set(found)].toSorted();
}

test('the walk sees every kind of route', () => {
  const routes = allRoutes();
  assert.ok(routes.length > 60);
  assert.ok(routes.includes('POST /api/v1/admin/tenants/:tenant_id/suspend'));
  assert.ok(tenantRoutes().includes('GET /api/v1/pipelines/runs/:pipeline_logging_id/logs'));
});

test('nobody gets anything', async () => {
  assert.deepEqual(await refusalsOf(guardedRoutes(), {}), [
    '401',
    '401 admin_key_invalid',
    '401 key_missing',
  ]);
});

test('wrong, empty and revoked keys get the same nothing', async () => {
  const { body } = await api.admin('POST /api/v1/admin/api-keys', {
    tenant_id: 'acme_corp',
    description: 'to be revoked',
  });
  const revoked = String(body.api_key);
  assert.equal((await api.call('GET /api/v1/tenants/me', { key: revoked })).status, 200);
  await api.admin(`DELETE /api/v1/admin/api-keys/${String(body.hash)}`);

  for (const key of [revoked, 'cvg_wrong', `${ours}x`, ours.slice(0, -1), "' OR 1=1 --"]) {
    const expected = ['401', '401 key_invalid'];
    assert.deepEqual(await refusalsOf(tenantRoutes(), { 'x-api-key': key }), expected, key);
  }
});

test('the key of a tenant opens no route of the admin', async () => {
  const routes = guardedRoutes().filter(isAdmin);
  const attempts: Record<string, string>[] = [
    { 'x-api-key': ours },
    { 'x-api-key': ours, 'x-admin-key': ours },
    { 'x-admin-key': `${ADMIN_KEY}x` },
    { 'x-admin-key': ADMIN_KEY.slice(1) },
    { authorization: `Bearer ${ours}` },
  ];
  for (const headers of attempts) {
    assert.deepEqual(await refusalsOf(routes, headers), ['401', '401 admin_key_invalid']);
  }
});

test('to another tenant, what is ours looks like what does not exist', async () => {
  const look = async (route: string, values: Record<string, string>) => {
    const url = fill(route, values);
    const { status, body } = await api.call(url, { key: theirs, body: bodyOf(route) });
    const { instance: _, ...rest } = body;
    const names = [...Object.values(values), runId];
    const text = names.reduce((shown, name) => shown.replaceAll(name, '?'), JSON.stringify(rest));
    return { route, status, text };
  };
  // What a PUT makes is the caller's own.
  const routes = tenantRoutes().filter((route) => /^(?!PUT).*\/:/.test(route));
  for (const route of routes) {
    const seen = await look(route, ACME);
    assert.deepEqual(seen, await look(route, UNKNOWN));
    // A document may be written wherever the caller has none.
    if (!route.startsWith('PUT ')) assert.equal(seen.status, 404, route);
  }
});

test('lists of another tenant hold nothing of ours', async () => {
  for (const route of tenantRoutes().filter((route) => /^GET [^:]+$/.test(route))) {
    const { status, text } = await api.call(route, { key: theirs });
    assert.equal(status, 200, route);
    assert.ok(![ours, runId, 'acme_corp', 'secret_sauce'].some((word) => text.includes(word)));
  }
});

test('each route of a tenant opens to the one scope that it states', async () => {
  await api.onboard('scoped_corp');
  const keys = new Map<string, string>();
  for (const scope of ['run', 'read', 'configure']) {
    const body = { tenant_id: 'scoped_corp', description: scope, scopes: [scope] };
    const made = await api.admin('POST /api/v1/admin/api-keys', body);
    keys.set(scope, String(made.body.api_key));
  }
  const needed = new Map<string, string[]>();
  for (const route of tenantRoutes().filter((route) => !route.startsWith('HEAD'))) {
    for (const [scope, key] of keys) {
      const reply = await api.call(fill(route, UNKNOWN), { key, body: bodyOf(route) });
      if (reply.body.code !== 'scope_missing') {
        needed.set(route, [...(needed.get(route) ?? []), scope]);
        continue;
      }
      const { scope_needed, scopes_held } = reply.body.details as Record<string, unknown>;
      assert.deepEqual([reply.status, scopes_held], [403, [scope]], route);
      assert.match(String(reply.body.detail), new RegExp(`scope ${String(scope_needed)}, and the`));
    }
  }
  for (const [route, scopes] of needed)
    assert.equal(scopes.length, 1, `${route}: ${scopes.join(' ')}`);
  assert.deepEqual(
    [
      'GET /api/v1/pipelines/runs',
      'POST /api/v1/pipelines/run/:pipeline_id',
      'DELETE /api/v1/pipelines/runs/:pipeline_logging_id',
      'POST /api/v1/query',
    ].map((route) => needed.get(route)),
    [['read'], ['run'], ['run'], ['read']],
  );
});

test('a key without a scope is told which it needs and which it has', async () => {
  const body = { tenant_id: 'acme_corp', description: 'looks', scopes: ['read', 'configure'] };
  const { body: made } = await api.admin('POST /api/v1/admin/api-keys', body);
  const run = 'POST /api/v1/pipelines/run/secret_sauce';
  const { body: problem } = await api.call(run, { key: String(made.api_key), body: {} });
  const { instance: _, ...rest } = problem;
  assert.deepEqual(rest, {
    type: 'urn:convergence:error:scope_missing',
    title: 'Not allowed',
    status: 403,
    detail: 'This needs the scope run, and the key has read, configure.',
    code: 'scope_missing',
    hint: 'Use a key of the tenant that has the scope run, or ask the operator for one.',
    details: { scope_needed: 'run', scopes_held: ['read', 'configure'] },
  });
});

test('admin keys open what the admin key opens, until they end; their names are kept', async () => {
  const root = '/api/v1/admin/admin-keys';
  const made = await api.admin(`POST ${root}`, { name: 'anna' });
  const anna = String(made.body.admin_key);
  const look = async (adminKey: string) =>
    (await api.call('GET /api/v1/admin/tenants', { adminKey })).status;
  assert.deepEqual([made.status, made.body.created_by, await look(anna)], [201, 'admin', 200]);

  const key = { tenant_id: 'acme_corp', description: 'by anna' };
  const byAnna = await api.call('POST /api/v1/admin/api-keys', { adminKey: anna, body: key });
  assert.equal(byAnna.body.created_by, 'anna');

  const url = `${root}/${String(made.body.hash)}`;
  const rotated = await api.call(`POST ${url}/rotate`, { adminKey: anna, body: { overlap: '1h' } });
  const next = String(rotated.body.admin_key);
  assert.deepEqual(
    [rotated.status, rotated.body.name, await look(anna), await look(next)],
    [201, 'anna', 200, 200],
  );
  assert.equal((await api.call(`DELETE ${url}`, { adminKey: next })).status, 200);
  assert.deepEqual([await look(anna), await look(next)], [401, 200]);
  const { text } = await api.admin(`GET ${root}`);
  assert.doesNotMatch(text, new RegExp(`${anna}|${next}`));
  for (const name of ['admin', '', 'Anna', 'a b']) {
    assert.equal((await api.admin(`POST ${root}`, { name })).status, 422, name);
  }
});

test('an admin acts for the tenant that is named, and only with the admin key', async () => {
  const headers = { 'x-tenant-id': 'acme_corp' };
  const run = 'POST /api/v1/pipelines/run/secret_sauce';
  const { status, body } = await api.call(run, { adminKey: ADMIN_KEY, headers, body: {} });
  assert.equal(status, 202);
  const started = `GET /api/v1/pipelines/runs/${String(body.pipeline_logging_id)}`;
  assert.equal((await api.call(started, { key: ours })).body.trigger_by, 'admin');

  for (const adminKey of [undefined, 'wrong', theirs]) {
    assert.equal((await api.call(run, { adminKey, headers, body: {} })).status, 401);
  }
  for (const tenantId of ['nobody_corp', '../acme_corp', "a'b"]) {
    const reply = await api.call(started, {
      adminKey: ADMIN_KEY,
      headers: { 'x-tenant-id': tenantId },
    });
    assert.deepEqual([reply.status, reply.body.code], [404, 'tenant_absent']);
  }
});

test('the key of a tenant decides, whatever X-Tenant-Id says', async () => {
  const headers = { 'x-tenant-id': 'acme_corp' };
  const { body } = await api.call('GET /api/v1/tenants/me', { key: theirs, headers });
  assert.equal(body.tenant_id, 'other_corp');
});
