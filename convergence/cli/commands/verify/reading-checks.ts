import type { DetailedHealthAnswer, HealthAnswer } from '../../../server/api/contract/health.ts';
import type { ApiClient } from '../../client/api-client.ts';
import { ask, expect, expectJson } from './deployment-check.ts';
import type { DeploymentCheck } from './deployment-check.ts';

/** Checks that only read: none writes anything, so that they may be made of a production. */

const MAX_LIVE_MS = 50;

export const isAlive: DeploymentCheck = {
  name: 'is alive',
  mend: 'look at the log of the API process: does it run, and listen where the URL says?',
  async check({ access }) {
    const body = await expectJson(access, '/health/live', 200);
    expect(JSON.stringify(body).includes('alive'), '/health/live does not contain "alive"');
  },
};

/** Only where no network lies between. */
export const isAliveSoon: DeploymentCheck = {
  name: 'is alive within 50 ms',
  mend: isAlive.mend,
  async check(client) {
    let bestMs = Infinity;
    // The best of ten: the first request of all also loads code, and machines have busy moments.
    for (let attempt = 0; attempt < 10 && bestMs >= MAX_LIVE_MS; attempt++) {
      const startedMs = performance.now();
      await isAlive.check(client);
      bestMs = Math.min(bestMs, performance.now() - startedMs);
    }
    expect(bestMs < MAX_LIVE_MS, `/health/live took ${bestMs.toFixed(0)} ms`);
  },
};

export const isReady: DeploymentCheck = {
  name: 'is ready',
  mend: 'mend what is failing; `convergence doctor` on that machine says how',
  async check({ access }) {
    const response = await ask(access, '/health/ready');
    if (response.status === 200) return;
    const { failing = [] } = (await response.json().catch(() => ({}))) as { failing?: string[] };
    const names = failing.length > 0 ? `: ${failing.join(', ')}` : '';
    throw new Error(`/health/ready answers ${response.status}${names}`);
  },
};

export function namesItself(environment?: HealthAnswer['environment']): DeploymentCheck {
  return {
    name: environment ? `names itself, as ${environment}` : 'names itself and its version',
    mend: `check the URL${environment ? `, and set ENVIRONMENT=${environment} there` : ''}`,
    async check({ access }) {
      const health = await expectJson<HealthAnswer>(access, '/health', 200);
      expect(health.service === 'convergence-data-pipeline', `its service is ${health.service}`);
      expect(Boolean(health.version), 'its version is missing');
      if (environment === undefined) return;
      const found = `its environment is ${health.environment}, expected ${environment}`;
      expect(health.environment === environment, found);
    },
  };
}

const MAX_CLOCK_DIFFERENCE_MS = 60_000;

export const keepsTime: DeploymentCheck = {
  name: 'agrees on the time',
  mend: 'let both machines keep time by NTP: leases, schedules and quotas lean on it',
  async check({ access }) {
    const { timestamp = '' } = await expectJson<HealthAnswer>(access, '/health', 200);
    const apartMs = Math.abs(Date.parse(timestamp) - Date.now());
    const apart = `its clock is ${Math.round(apartMs / 1_000)} s away from that of this machine`;
    expect(apartMs < MAX_CLOCK_DIFFERENCE_MS, apart);
  },
};

export const reachesDependencies: DeploymentCheck = {
  name: 'reaches its dependencies',
  mend: 'mend what is named; a wrong ADMIN_API_KEY answers 401',
  async check({ access }) {
    const path = '/health/detailed';
    const { dependencies = [] } = await expectJson<DetailedHealthAnswer>(access, path, 200);
    expect(dependencies.length > 0, `${path} names no dependency`);
    const failing = dependencies.filter(({ ok }) => !ok);
    const problems = failing.map(({ name, message }) => `${name}: ${message}`);
    expect(failing.length === 0, problems.join(', '));
  },
};

const TRIGGER = '/api/v1/pipelines/run/{pipeline_id}';

export const describesApi: DeploymentCheck = {
  name: 'describes its API as OpenAPI 3.1',
  mend: 'leave API_DOCS unset there, or set it to true',
  async check({ access }) {
    type Document = { openapi: string; paths: object };
    const { openapi, paths = {} } = await expectJson<Document>(access, '/openapi.json', 200);
    expect(openapi?.startsWith('3.1') === true, `openapi is ${openapi}`);
    expect(TRIGGER in paths, `${TRIGGER} is not described`);
  },
};

const WRONG = { apiKey: 'wrong-key-of-verify', adminKey: 'wrong-admin-key-of-verify' };

export const refusesStrangers: DeploymentCheck = {
  name: 'refuses who has no key, or a wrong one',
  mend: 'unset DISABLE_AUTH there at once; does something in front add a key?',
  async check({ access: { url } }) {
    for (const keys of [{}, WRONG]) {
      await expectJson({ url, ...keys }, '/api/v1/pipelines', 401);
      await expectJson({ url, ...keys }, '/api/v1/admin/tenants', 401);
    }
  },
};

export const hidesItsInside: DeploymentCheck = {
  name: 'hides its machine and its numbers from strangers',
  mend: 'set ENVIRONMENT=production there',
  async check({ access: { url } }) {
    for (const path of ['/health/detailed', '/metrics']) await expectJson({ url }, path, 401);
  },
};

const PROBLEM_FIELDS = ['type', 'title', 'status', 'detail', 'code', 'instance'];

export const answersProblems: DeploymentCheck = {
  name: 'answers errors as problem documents',
  mend: 'does a proxy in front replace the bodies of errors? Let them through',
  async check({ access }) {
    const response = await ask(access, '/api/v1/nothing-of-that-name');
    const type = response.headers.get('content-type') ?? 'none';
    expect(type.startsWith('application/problem+json'), `content-type is ${type}`);
    const problem = (await response.json()) as Record<string, unknown>;
    const missing = PROBLEM_FIELDS.filter((name) => !(name in problem));
    expect(missing.length === 0, `${missing.join(', ')} is missing`);
  },
};

const HEADERS = {
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'",
  'strict-transport-security': 'max-age=',
};

export const protectsBrowsers: DeploymentCheck = {
  name: 'is served safely',
  mend: 'serve it by HTTPS, set ENVIRONMENT=production, and let the headers through',
  async check({ access }) {
    const { protocol, hostname } = new URL(access.url);
    const isLocal = ['localhost', '127.0.0.1', '[::1]'].includes(hostname);
    expect(protocol === 'https:' || isLocal, `${access.url} is not HTTPS`);
    const { headers } = await ask(access, '/health');
    for (const [name, expected] of Object.entries(HEADERS)) {
      const value = headers.get(name) ?? 'missing';
      expect(value.includes(expected), `${name} is ${value}, expected ${expected}`);
    }
    expect(!headers.has('x-powered-by'), 'x-powered-by tells what it runs on');
  },
};

export const showsQueue: DeploymentCheck = {
  name: 'shows its queue in its metrics',
  mend: 'look at the log for why /metrics fails; a wrong ADMIN_API_KEY answers 401',
  async check({ access }) {
    const response = await ask(access, '/metrics');
    expect(response.status === 200, `/metrics answers ${response.status}`);
    const text = await response.text();
    expect(/^convergence_queue_depth\{/m.test(text), 'convergence_queue_depth is missing');
  },
};

export const opensToOperator: DeploymentCheck = {
  name: 'has its control tables, and opens them to the operator',
  mend: 'run `convergence migrate upgrade` there; give its admin key by ADMIN_API_KEY',
  check: async (client: ApiClient) => void (await client.listTenants({ limit: 1 })),
};
