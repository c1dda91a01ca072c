import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { after, before, test } from 'node:test';
import { fail } from '../../engine/error-codes.ts';
import type { Settings } from '../settings/settings.ts';
import { buildApp } from './app.ts';
import { ADMIN_KEY, openTestApi } from './test-api.fake.ts';
import type { TestApi } from './test-api.fake.ts';

const JSON_TYPE = { 'content-type': 'application/json' };

let api: TestApi;
let key: string;

before(async () => {
  api = await openTestApi();
  key = await api.onboard('acme_corp');
});
after(() => api.close());

test('an invalid request is told every mistake with its place', async () => {
  const body = { sql: '', max_rows: 'many', limit: 3 };
  const reply = await api.call('POST /api/v1/query', { key, body });
  assert.equal(reply.headers['content-type'], 'application/problem+json');
  const { instance, ...rest } = reply.body;
  assert.equal(instance, `urn:uuid:${String(reply.headers['x-request-id'])}`);
  assert.deepEqual(rest, {
    type: 'urn:convergence:error:request_invalid',
    title: 'The request cannot be carried out as it is',
    status: 422,
    detail: 'The request has values that do not fit.',
    code: 'request_invalid',
    hint: 'Mend each of `errors`; /openapi.json describes what is expected.',
    errors: [
      { path: 'body.sql', message: 'Too small: expected string to have >=1 characters' },
      {
        path: 'body.max_rows',
        message: 'Invalid input: expected number, received string',
        expected: 'number',
      },
      { path: 'body', message: 'unknown: limit' },
    ],
  });
});

test('requests that are none are refused with the closest status', async () => {
  const send = async (route: string, headers: Record<string, string>, body?: string) => {
    const reply = await api.call(route, { key, headers, body });
    assert.equal(reply.headers['content-type'], 'application/problem+json');
    return [reply.status, reply.body.code];
  };
  const query = 'POST /api/v1/query';
  assert.deepEqual(await send(query, JSON_TYPE, '{"sql": '), [400, 'request_malformed']);
  assert.deepEqual(await send(query, JSON_TYPE, ''), [400, 'request_malformed']);
  assert.deepEqual(await send(query, JSON_TYPE, '{"__proto__": 1}'), [400, 'request_malformed']);
  const form = { 'content-type': 'application/x-www-form-urlencoded' };
  assert.deepEqual(await send(query, form, 'sql=1'), [415, 'content_type_unsupported']);
  const large = JSON.stringify({ sql: 'x'.repeat(1_000_000) });
  assert.deepEqual(await send(query, JSON_TYPE, large), [413, 'request_too_large']);
  assert.deepEqual(await send('GET /api/v1/tables/%zz', {}), [400, 'request_malformed']);
  assert.deepEqual(await send(`GET /api/v1/tables/${'x'.repeat(600)}`, {}), [404, 'route_absent']);
  assert.deepEqual(await send('GET /api/v2/tables', {}), [404, 'route_absent']);
});

test('a known path with another method names those that it takes', async () => {
  const { status, body, headers } = await api.call('PUT /api/v1/tables?x=1', { key });
  assert.deepEqual([status, body.code, headers.allow], [405, 'method_not_allowed', 'GET, HEAD']);
});

test('every answer carries the headers that keep browsers from guessing, and no banner', async () => {
  for (const route of ['GET /health', 'GET /nowhere', 'GET /api/v1/tables']) {
    const { headers } = await api.call(route);
    const { 'x-content-type-options': sniff, 'cache-control': cache, server } = headers;
    assert.deepEqual([sniff, cache, server], ['nosniff', 'no-store', undefined]);
    assert.match(String(headers['x-request-id']), /^[\da-f-]{36}$/);
  }
});

test('a mistake of ours is in the log with its trace, and not in the answer', async () => {
  const tenants = {
    ...api.deps.tenants,
    listTenants: () => Promise.reject(new TypeError('cannot read hunter2 at /srv/x.ts')),
    getTenant: () => Promise.reject(fail('database_unreachable', 'The database is away.')),
  };
  const app = await buildApp({ ...api.deps, tenants });
  const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
  const headers = { 'x-admin-key': ADMIN_KEY, traceparent };
  const broken = await app.inject({ url: '/api/v1/admin/tenants', headers });
  assert.equal(broken.statusCode, 500);
  assert.doesNotMatch(broken.body, /hunter2|srv|TypeError/);
  const logged = JSON.parse(api.logLines.at(-1) ?? '{}') as Record<string, unknown>;
  assert.deepEqual(
    [logged.request_id, logged['logging.googleapis.com/trace'], logged.route],
    [broken.headers['x-request-id'], '4bf92f3577b34da6a3ce929d0e0e4736', '/api/v1/admin/tenants'],
  );
  assert.match(JSON.stringify(logged.error), /hunter2/);
  assert.match(String(logged.stack_trace), /^TypeError: .*app\.test\.ts/s);
  assert.deepEqual(logged.serviceContext, { service: 'convergence', version: '0.1.0' });

  const away = await app.inject({ url: '/api/v1/admin/tenants/acme_corp', headers });
  assert.deepEqual([away.statusCode, away.headers['retry-after']], [503, '5']);
  await app.close();
});

test('too many requests are told when to come back, by key and by address', async () => {
  const limited = (limits: Partial<Settings>) =>
    buildApp({ ...api.deps, settings: { ...api.deps.settings, ...limits } });
  const perKey = await limited({ RATE_LIMIT_PER_KEY: 2 });
  const asTenant = { url: '/api/v1/tenants/me', headers: { 'x-api-key': key } };
  const statuses = [];
  for (let i = 0; i < 3; i++) statuses.push((await perKey.inject(asTenant)).statusCode);
  const refused = await perKey.inject(asTenant);
  const retryAfter = Number(refused.headers['retry-after']);
  assert.deepEqual(statuses, [200, 200, 429]);
  assert.equal(refused.json<{ code: string }>().code, 'rate_limited');
  assert.ok(retryAfter > 0 && retryAfter <= 60);
  assert.equal((await perKey.inject('/health')).statusCode, 200);
  await perKey.close();

  const perAddress = await limited({ RATE_LIMIT_PER_ADDRESS: 1 });
  const from = (remoteAddress: string, url: string) => perAddress.inject({ url, remoteAddress });
  assert.equal((await from('192.0.2.1', '/nowhere')).statusCode, 404);
  assert.equal((await from('192.0.2.1', '/nowhere')).statusCode, 429);
  assert.equal((await from('192.0.2.2', '/nowhere')).statusCode, 404);
  assert.equal((await from('192.0.2.1', '/health/live')).statusCode, 200);
  await perAddress.close();
});

test('the document names every route with who may call it and how it may fail', async () => {
  const { body } = await api.call('GET /openapi.json');
  const paths = body.paths as Record<string, Record<string, Record<string, unknown>>>;
  assert.equal(body.openapi, '3.1.0');
  assert.ok(Object.keys(paths).length > 25);
  const run = paths['/api/v1/pipelines/run/{pipeline_id}']?.post;
  assert.deepEqual(run?.security, [{ apiKey: ['run'] }, { adminKey: [], tenantId: [] }]);
  assert.deepEqual(Object.keys(run?.responses as object), ['202', 'default']);
  assert.equal((await api.call('GET /docs/')).status, 200);
});

test('a route that does not say who may call it stops the start', async () => {
  const app = await buildApp(api.deps);
  app.get('/forgotten', () => 'all tenants');
  await assert.rejects(async () => await app.ready(), /GET \/forgotten states no access/);
});

test('production shows no documents, no numbers and no machine to strangers', async () => {
  const settings = { ...api.deps.settings, ENVIRONMENT: 'production' } as const;
  const app = await buildApp({ ...api.deps, settings });
  const asAdmin = { 'x-admin-key': ADMIN_KEY };
  const statusOf = async (url: string, headers = {}) =>
    (await app.inject({ url, headers })).statusCode;
  assert.deepEqual([await statusOf('/docs'), await statusOf('/openapi.json')], [404, 404]);
  for (const url of ['/health/detailed', '/metrics']) {
    assert.deepEqual([await statusOf(url), await statusOf(url, asAdmin)], [401, 200], url);
  }
  // Prometheus can send a bearer token, but no header of its own.
  assert.equal(await statusOf('/metrics', { authorization: `Bearer ${ADMIN_KEY}` }), 200);
  await app.close();
});

test('recreating the tables of production needs the token of a first refusal', async () => {
  const settings = { ...api.deps.settings, ENVIRONMENT: 'production' } as const;
  const recreated: boolean[] = [];
  const bootstrap = async ({ recreate }: { recreate: boolean }) => {
    recreated.push(recreate);
    return Array.from({ length: 11 }, (_, i) => `table_${i}`);
  };
  const controlPlane = { ...api.deps.controlPlane, bootstrap };
  const app = await buildApp({ ...api.deps, settings, controlPlane });
  const ask = async (payload: object) => {
    const url = '/api/v1/admin/bootstrap';
    const headers = { 'x-admin-key': ADMIN_KEY };
    const reply = await app.inject({ method: 'POST', url, headers, payload });
    return { status: reply.statusCode, body: reply.json<Record<string, unknown>>() };
  };
  const asked = await ask({ force_recreate_dataset: true });
  const { confirmation } = asked.body.details as { confirmation: string };
  const wrong = { force_recreate_tables: true, confirmation: 'f'.repeat(64) };
  assert.deepEqual([asked.status, (await ask(wrong)).status, recreated], [409, 409, []]);

  const done = await ask({ force_recreate_tables: true, confirmation });
  assert.deepEqual([done.status, done.body.tables_created, recreated], [200, 11, [true]]);
  assert.equal((await ask({})).status, 200);
  assert.deepEqual(recreated, [true, false]);
  await app.close();
});

test('close lets a request end and does not wait for its connection', async () => {
  const asked = Promise.withResolvers<void>();
  const answer = Promise.withResolvers<void>();
  const getTenant = async (tenantId: string) => {
    asked.resolve();
    await answer.promise;
    return await api.deps.tenants.getTenant(tenantId);
  };
  const tenants = { ...api.deps.tenants, getTenant };
  const app = await buildApp({ ...api.deps, tenants });
  const address = await app.listen({ port: 0, host: '127.0.0.1' });
  const reply = fetch(`${address}/api/v1/tenants/me`, { headers: { 'x-api-key': key } });
  await asked.promise;
  const closed = app.close();
  const startedMs = performance.now();
  answer.resolve();
  assert.equal((await reply).status, 200);
  await closed;
  assert.ok(performance.now() - startedMs < 5_000);
});

test('close does not wait for connections on which no request has come', async () => {
  const app = await buildApp(api.deps);
  const { port } = new URL(await app.listen({ port: 0, host: '127.0.0.1' }));
  const spare = connect(Number(port), '127.0.0.1');
  await Promise.all([once(spare, 'connect'), once(app.server, 'connection')]);
  const startedMs = performance.now();
  const ended = once(spare, 'close');
  spare.resume();
  await Promise.all([app.close(), ended]);
  assert.ok(performance.now() - startedMs < 5_000);
});
