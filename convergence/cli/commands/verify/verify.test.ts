import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Out } from 'base/terminal/out.ts';
import { createStyle } from 'base/terminal/style.ts';
import { openTestDatabase } from '../../../testing/postgres.ts';
import { CliProcess } from '../../cli-process.fake.ts';
import { runCli } from '../../run-cli.ts';
import { SUITES } from './suites.ts';

const ADMIN_KEY = 'the-admin-key-of-these-deployments-0123';
const root = mkdtempSync(join(tmpdir(), 'convergence-verify-'));
const VARIABLES = { local: 'API_URL', staging: 'STAGING_URL', production: 'PROD_URL' } as const;
type SuiteName = keyof typeof SUITES;
const NAMES = Object.keys(SUITES) as SuiteName[];

/** Answers of the deployment behind it, spoilt where `spoil` says so. */
type Spoil = (answer: Answer) => Partial<Answer> | undefined;
interface Answer {
  readonly path: string;
  readonly method: string;
  readonly hasKey: boolean;
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
}

const closing: (() => Promise<unknown>)[] = [];
const places = {} as Record<SuiteName, string>;
let target = '';
let spoil: Spoil = () => undefined;
const proxy = createServer((request, response) => {
  void forward(request, response).catch((error: unknown) => response.destroy(error as Error));
});
const HOP_BY_HOP = [
  'host',
  'connection',
  'transfer-encoding',
  'content-length',
  'content-encoding',
];

/** Each suite's deployment as processes: development embedded, the others on PostgreSQL. */
before(async () => {
  await once(proxy.listen(0, '127.0.0.1'), 'listening');
  await Promise.all(NAMES.map(async (name) => void (places[name] = await deploy(name))));
});

after(async () => {
  proxy.close();
  proxy.closeAllConnections();
  for (const close of closing) await close();
  rmSync(root, { recursive: true, force: true });
});

async function deploy(suite: SuiteName): Promise<string> {
  const folder = join(root, suite);
  mkdirSync(join(folder, 'configs'), { recursive: true });
  const database = suite === 'local' ? undefined : await openTestDatabase();
  const env = {
    API_PORT: '0',
    CONFIG_DIR: join(folder, 'configs'),
    DATA_DIR: join(folder, 'data'),
    ADMIN_API_KEY: ADMIN_KEY,
    LOG_LEVEL: 'silent',
    ...(database && {
      DATABASE_URL: database.url,
      ENVIRONMENT: suite,
      API_KEY_PEPPER: 'the-pepper-of-these-deployments-0123456',
    }),
  };
  if (database) {
    const { code, stderr } = await new CliProcess(['migrate', 'upgrade'], { folder, env }).ended;
    assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
  }
  const server = new CliProcess([database ? 'api' : 'dev', '--json'], { folder, env });
  closing.push(async () => {
    server.child.kill('SIGKILL');
    await server.ended;
    await database?.drop();
  });
  await server.sees(/"url"/);
  return (JSON.parse(server.seen()) as { url: string }).url;
}

async function forward(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { method = 'GET', url = '' } = request;
  const body = await buffer(request);
  const sent = new Headers(request.headers as Record<string, string>);
  for (const name of HOP_BY_HOP) sent.delete(name);
  const answer = await fetch(target + url, {
    method,
    headers: sent,
    ...(body.length > 0 && { body }),
  });
  const hasKey = sent.has('x-admin-key') || sent.has('x-api-key');
  const [path = ''] = url.split('?');
  const { status } = answer;
  const headers = new Headers(answer.headers);
  const whole = { path, method, hasKey, status, headers, body: await answer.text() };
  const given = { ...whole, ...spoil(whole) };
  for (const name of HOP_BY_HOP) headers.delete(name);
  response.writeHead(given.status, Object.fromEntries(given.headers)).end(given.body);
}

async function verify(suite: SuiteName, env: Record<string, string>) {
  let told = '';
  const openOut = (isJson: boolean): Out => ({
    isJson,
    isLive: false,
    width: Infinity,
    height: 24,
    style: createStyle(false),
    line: (text = '') => void (told += isJson ? '' : `${text}\n`),
    json: (value) => void (told += isJson ? JSON.stringify(value) : ''),
    note: (text) => void (told += `${text}\n`),
    raw: () => assert.fail('nothing is drawn over'),
  });
  const terminal = { env, openOut };
  const args = ['verify', '--suite', suite, '--admin-key', ADMIN_KEY];
  const code = await runCli(args, { ...terminal, errorStyle: createStyle(false) });
  return { code, told };
}

async function verifySpoilt(suite: SuiteName, how: Spoil) {
  target = places[suite];
  spoil = how;
  const { port } = proxy.address() as AddressInfo;
  return verify(suite, { [VARIABLES[suite]]: `http://127.0.0.1:${port}` });
}

/** Changes the JSON of an answer. */
const edit =
  (path: string, change: object): Spoil =>
  (answer) =>
    answer.path === path
      ? { body: JSON.stringify({ ...(JSON.parse(answer.body) as object), ...change }) }
      : undefined;
const giveStatus =
  (path: string, status: number, when: (answer: Answer) => boolean = () => true): Spoil =>
  (answer) =>
    answer.path === path && when(answer) ? { status } : undefined;

/** For each check, how a deployment breaks that promise, and what is said of it. */
const SABOTAGE: Record<string, readonly [Spoil, RegExp]> = {
  'is alive within 50 ms': [edit('/health/live', { status: 'dead' }), /does not contain "alive"/],
  'is alive': [giveStatus('/health/live', 502), /\/health\/live answers 502, expected 200/],
  'is ready': [
    (answer) =>
      answer.path === '/health/ready'
        ? { status: 503, body: '{"status":"not_ready","failing":["database"]}' }
        : undefined,
    /\/health\/ready answers 503: database/,
  ],
  'names itself and its version': [edit('/health', { service: 'other' }), /its service is other/],
  'names itself, as staging': [
    edit('/health', { environment: 'production' }),
    /its environment is production, expected staging/,
  ],
  'names itself, as production': [
    edit('/health', { environment: 'development' }),
    /its environment is development, expected production/,
  ],
  'agrees on the time': [
    edit('/health', { timestamp: '2020-01-01T00:00:00.000Z' }),
    /its clock is \d+ s away/,
  ],
  'reaches its dependencies': [
    edit('/health/detailed', { dependencies: [{ name: 'database', ok: false, message: 'gone' }] }),
    /: database: gone/,
  ],
  'describes its API as OpenAPI 3.1': [edit('/openapi.json', { openapi: '2.0' }), /openapi is 2.0/],
  'refuses who has no key, or a wrong one': [
    giveStatus('/api/v1/pipelines', 200, ({ hasKey }) => !hasKey),
    /\/api\/v1\/pipelines answers 200, expected 401/,
  ],
  'hides its machine and its numbers from strangers': [
    giveStatus('/metrics', 200, ({ hasKey }) => !hasKey),
    /\/metrics answers 200, expected 401/,
  ],
  'answers errors as problem documents': [
    (answer) => (answer.path.endsWith('nothing-of-that-name') ? { body: '{}' } : undefined),
    /type, title, status, detail, code, instance is missing/,
  ],
  'is served safely': [
    ({ path, headers }) => {
      if (path === '/health') headers.delete('strict-transport-security');
      return undefined;
    },
    /strict-transport-security is missing/,
  ],
  'shows its queue in its metrics': [
    (answer) => (answer.path === '/metrics' ? { body: 'up 1\n' } : undefined),
    /convergence_queue_depth is missing/,
  ],
  'has its control tables, and opens them to the operator': [
    giveStatus('/api/v1/admin/tenants', 500, ({ hasKey, method, status }) => {
      return hasKey && method === 'GET' && status === 200;
    }),
    / answered 500/,
  ],
  'makes and removes a tenant': [
    (answer) =>
      answer.path.startsWith('/api/v1/admin/tenants/verify_') && answer.method === 'GET'
        ? { body: JSON.stringify({ status: 'suspended' }) }
        : undefined,
    /its status is suspended/,
  ],
  'opens to a key until it is revoked': [
    ({ path, status, hasKey }) =>
      path === '/api/v1/pipelines' && hasKey && status === 401 && revoked
        ? { status: 200 }
        : void (revoked ||= path.includes('/api-keys/')),
    /\/api\/v1\/pipelines answers 200, expected 401/,
  ],
};
let revoked = false;

for (const suite of NAMES) {
  describe(`verify --suite ${suite}`, () => {
    test('ten checks pass, and nothing is left behind', async () => {
      const { code, told } = await verify(suite, { [VARIABLES[suite]]: places[suite] });
      const names = SUITES[suite].checks.map(({ name }) => `ok    ${name}\n`);
      assert.equal(told, `${names.join('')}10/10 tests passed\n`);
      assert.equal(code, 0);
      const headers = { 'x-admin-key': ADMIN_KEY };
      const tenants = await fetch(`${places[suite]}/api/v1/admin/tenants`, { headers });
      assert.deepEqual(((await tenants.json()) as { tenants: object[] }).tenants, []);
    });
  });
}

describe('a check fails when its promise is broken, and no other does', () => {
  // Each in the fastest suite that has it.
  const suiteOf = new Map<string, SuiteName>();
  for (const suite of NAMES) for (const { name } of SUITES[suite].checks) suiteOf.set(name, suite);
  for (const [name, suite] of suiteOf) {
    test(name, async () => {
      const [how, said] = SABOTAGE[name] ?? [];
      assert.ok(how && said);
      const { code, told } = await verifySpoilt(suite, how);
      const bad = told.split('\n').filter((line) => line.startsWith('FAIL'));
      assert.equal(bad.length, 1, told);
      assert.ok(bad[0]?.startsWith(`FAIL  ${name}: `), told);
      assert.match(bad[0] ?? '', said);
      const mend = SUITES[suite].checks.find((check) => check.name === name)?.mend;
      assert.ok(told.includes(`      mend: ${mend}\n`), told);
      assert.match(told, /\n9\/10 tests passed\n$/);
      assert.equal(code, 1);
    });
  }
});

test('production is only read', async () => {
  const methods = new Set<string>();
  const { code } = await verifySpoilt('production', ({ method }) => void methods.add(method));
  assert.deepEqual([code, [...methods]], [0, ['GET']]);
});

test('a deployment that is not there fails every check, and says where it was looked for', async () => {
  const { code, told } = await verify('production', { PROD_URL: 'http://127.0.0.1:9' });
  assert.equal(code, 1);
  assert.match(told, /^FAIL {2}is alive: http:\/\/127\.0\.0\.1:9 does not answer: /);
  assert.match(told, /\n0\/10 tests passed\n$/);
});

test('who does not say where staging is is asked', async () => {
  const { code, told } = await verify('staging', {});
  assert.equal(code, 2);
  assert.match(told, /^error: Where is staging\? Neither --url nor STAGING_URL says it/);
});
