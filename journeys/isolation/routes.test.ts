import assert from 'node:assert/strict';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { ADMIN_KEY, LivePlatform } from './live-platform.ts';
import type { Answer, Ask } from './live-platform.ts';
import { MARKER, VICTIM, plantVictim } from './victim.ts';
import type { Victim } from './victim.ts';

type Headers = NonNullable<Ask['headers']>;

interface Route {
  readonly method: string;
  readonly path: string;
  readonly access: 'public' | 'tenant' | 'admin';
}

interface OpenApi {
  readonly paths: Record<string, Record<string, { security?: Record<string, unknown>[] }>>;
}

const UNKNOWN_ID = '01a1fd73-d7ff-74fa-8633-6ee4257b5a07';
/** For each id that a path can hold, one that nobody has. A new one must be added here. */
const UNKNOWN: Readonly<Record<string, string>> = {
  tenant_id: 'nobody_co',
  hash: '0'.repeat(64),
  pipeline_id: 'nothing',
  pipeline_logging_id: UNKNOWN_ID,
  name: 'nothing',
  kind: 'checks',
  queue: 'nothing',
  group_id: UNKNOWN_ID,
  webhook_id: UNKNOWN_ID,
};
/** Bodies that the schemas of the routes take, so that a request comes as far as it can. */
const BODIES: Readonly<Record<string, object>> = {
  'POST /api/v1/admin/bootstrap': { force_recreate_dataset: true, force_recreate_tables: true },
  'POST /api/v1/admin/tenants': { tenant_id: 'evil_co' },
  'PATCH /api/v1/admin/tenants/{tenant_id}': { display_name: 'mine now' },
  'POST /api/v1/admin/api-keys': { tenant_id: VICTIM, description: 'mine now' },
  'POST /api/v1/tenants/onboard': { tenant_id: VICTIM },
  'POST /api/v1/sources/check': { source: `sources/${MARKER}_files.yml` },
  'POST /api/v1/sources/preview': {
    source: `sources/${MARKER}_files.yml`,
    resource: `${MARKER}_orders`,
  },
  'POST /api/v1/configs/{kind}/{name}/rollback': { version: 1 },
  'POST /api/v1/pipelines/{pipeline_id}/backfill': { from: '2026-01-01', to: '2026-01-02' },
  'POST /api/v1/pipelines/{pipeline_id}/backfill/plan': { from: '2026-01-01', to: '2026-01-02' },
  'POST /api/v1/query': { sql: `SELECT * FROM ${MARKER}_orders` },
};

let platform: LivePlatform;
let victim: Victim;
let routes: Route[];
let ours: string;

before(async () => {
  platform = await LivePlatform.start({
    RATE_LIMIT_PER_ADDRESS: '0',
    RATE_LIMIT_PER_KEY: '0',
    WORKER_CONCURRENCY: '1',
  });
  victim = await plantVictim(platform);
  ours = await platform.onboard('mallory_co');
  routes = readRoutes(JSON.parse((await platform.ask('GET /openapi.json')).text) as OpenApi);
});
after(() => platform.remove());

function readRoutes({ paths }: OpenApi): Route[] {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { security = [] }]): Route => {
      return { method: method.toUpperCase(), path, access: accessOf(security) };
    }),
  );
}

function accessOf(security: readonly Record<string, unknown>[]): Route['access'] {
  if (security.length === 0) return 'public';
  return security.some((way) => 'apiKey' in way) ? 'tenant' : 'admin';
}

function idsOfVictim(): Record<string, string> {
  const { keyHash: hash, pipelineId, runId, table: name, webhookId } = victim;
  return {
    tenant_id: VICTIM,
    hash,
    pipeline_id: pipelineId,
    pipeline_logging_id: runId,
    name,
    kind: 'checks',
    queue: 'ingest',
    group_id: runId,
    webhook_id: webhookId,
  };
}

function fill(path: string, ids: Readonly<Record<string, string>>): string {
  return path.replace(/\{(\w+)\}/g, (_, name: string) => {
    assert.ok(UNKNOWN[name], `the walk knows no ids for {${name}}`);
    // Documents are named as files.
    const end = name === 'name' && path.includes('{kind}') ? '.yml' : '';
    return `${ids[name] ?? ''}${end}`;
  });
}

async function askFor(route: Route, headers: Headers, ids = idsOfVictim()): Promise<Answer> {
  const { method, path } = route;
  const body = BODIES[`${method} ${path}`] ?? (method === 'POST' ? {} : undefined);
  return platform.ask(`${method} ${fill(path, ids)}`, { headers, ...(body && { body }) });
}

/** The answer without what it repeats of the question and what differs each time. */
function lasting({ status, raw }: Answer, ids: Readonly<Record<string, string>>): string {
  const echoes = [...Object.values(ids), ...Object.values(BODIES).flatMap(textsOf)];
  let text = `${status} ${raw}`;
  for (const echo of echoes.toSorted((a, b) => b.length - a.length)) {
    text = text.replaceAll(echo, 'ID').replaceAll(encodeURIComponent(echo), 'ID');
  }
  return text
    .replaceAll(/[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}/g, 'UUID')
    .replaceAll(/\w{3}, \d\d \w{3} \d{4} [\d:]+ GMT|\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME')
    .replaceAll(/\ncontent-length\n\d+/g, '');
}

function textsOf(value: object): string[] {
  return Object.values(value).flatMap((each) => (typeof each === 'string' ? [each] : []));
}

function assertNothingOfVictim(answer: Answer, ids: Readonly<Record<string, string>>): void {
  const text = lasting(answer, ids);
  const found = [MARKER, VICTIM, victim.key, victim.keyHash].filter((mark) => text.includes(mark));
  assert.deepEqual(found, [], text);
}

const keyed = (key: string): Headers => [['x-api-key', key]];

describe('every route', () => {
  test('as the other tenant: what the victim has does not exist', async () => {
    // What a PUT makes is the caller's own.
    const looks = routes.filter(({ access, method }) => access === 'tenant' && method !== 'PUT');
    for (const route of looks) {
      const theirs = idsOfVictim();
      const [known, unknown] = [
        await askFor(route, keyed(ours), theirs),
        await askFor(route, keyed(ours), UNKNOWN),
      ];
      assertNothingOfVictim(known, theirs);
      assert.equal(lasting(known, theirs), lasting(unknown, UNKNOWN));
      if (route.path.includes('{')) assert.equal(known.status, 404, route.path);
    }
  });

  test('as the other tenant: streams of logs begin with the same 404', async () => {
    for (const id of [victim.runId, victim.failedRunId]) {
      const stream = await platform.followLog(ours, id);
      assert.match(stream, /"status":404,.*"code":"run_absent"/);
      assert.doesNotMatch(stream, new RegExp(MARKER));
    }
  });

  test('as a tenant on routes of the operator: refused, whoever it asks for', async () => {
    const disguises: Headers[] = [
      keyed(ours),
      [['x-admin-key', ours]],
      [['authorization', `Bearer ${ours}`]],
      [
        ['x-api-key', ours],
        ['x-tenant-id', VICTIM],
      ],
    ];
    for (const route of routes.filter(({ access }) => access === 'admin')) {
      for (const headers of disguises) {
        const answer = await askFor(route, headers);
        assert.deepEqual([answer.status, codeOf(answer)], [401, 'admin_key_invalid'], route.path);
        assertNothingOfVictim(answer, idsOfVictim());
      }
    }
  });

  test('as nobody, with keys that ended, and with the admin key but no tenant', async () => {
    const [revoked, expired] = [await makeKey(), await makeKey(new Date(Date.now() - 1_000))];
    await platform.admin(`DELETE /api/v1/admin/api-keys/${revoked.hash}`);
    const callers: [Headers, string][] = [
      [[], 'key_missing'],
      [[['x-admin-key', ADMIN_KEY]], 'key_missing'],
      [[['x-tenant-id', VICTIM]], 'admin_key_invalid'],
      [keyed(revoked.api_key), 'key_invalid'],
      [keyed(expired.api_key), 'key_invalid'],
      [keyed(revoked.hash), 'key_invalid'],
      [keyed(victim.keyHash), 'key_invalid'],
      [keyed(victim.key.slice(0, -1)), 'key_invalid'],
      [keyed(ADMIN_KEY), 'key_invalid'],
    ];
    for (const route of routes.filter(({ access }) => access === 'tenant')) {
      for (const [headers, code] of callers) {
        const answer = await askFor(route, headers);
        assert.deepEqual([answer.status, codeOf(answer)], [401, code], route.path);
        assertNothingOfVictim(answer, idsOfVictim());
      }
    }
    for (const route of routes.filter(({ access }) => access === 'admin')) {
      assert.equal((await askFor(route, [])).status, 401, route.path);
    }
  });

  test('what is open to everybody tells of no tenant', async () => {
    for (const route of routes.filter(({ access }) => access === 'public')) {
      assertNothingOfVictim(await askFor(route, []), {});
    }
  });
});

/** Headers of a tenant who would be another, and how `me` answers. */
const disguises = (): [Headers, status: number][] => [
  [
    [
      ['x-api-key', ours],
      ['x-tenant-id', VICTIM],
    ],
    200,
  ],
  [
    [
      ['X-API-KEY', ours],
      ['X-Tenant-ID', VICTIM],
    ],
    200,
  ],
  [
    [
      ['x-api-key', ours],
      ['x-tenant-id', VICTIM],
      ['x-admin-key', 'guess'],
    ],
    200,
  ],
  [
    [
      ['x-api-key', ours],
      ['x-api-key', ours],
    ],
    401,
  ],
  [
    [
      ['x-api-key', ''],
      ['x-tenant-id', VICTIM],
    ],
    401,
  ],
  [
    [
      ['x-tenant-id', 'mallory_co'],
      ['x-tenant-id', VICTIM],
      ['x-admin-key', ours],
    ],
    401,
  ],
  [
    [
      ['x-admin-key', ADMIN_KEY],
      ['x-tenant-id', '../victim_co'],
    ],
    404,
  ],
  [
    [
      ['x-admin-key', ADMIN_KEY],
      ['x-tenant-id', 'mallory_co, victim_co'],
    ],
    404,
  ],
];

/** Ids that climb, end early, look alike or never end. */
const TWISTS: readonly ((id: string) => string)[] = [
  (id) => `../${VICTIM}/${id}`,
  (id) => `..%2f${VICTIM}%2f${id}`,
  (id) => `%2e%2e/${VICTIM}/${id}`,
  (id) => `%252e%252e%252f${VICTIM}%252f${id}`,
  (id) => `${id}%00`,
  (id) => `%00${id}`,
  (id) => `${id}%20`,
  (id) => id.toUpperCase(),
  (id) => `${id}%e2%80%8b`,
  (id) => id.replace(/[a-z]/, '%ef%bd%81'),
  (id) => `%ff${id}`,
  (id) => `${id}'%20OR%20'1'='1`,
  (id) => `%22${VICTIM}%22.%22${id}%22`,
  (id) => `${VICTIM}.main.${id}`,
  // Two of them are within what a server reads as headers, 16 KiB.
  (id) => id.padEnd(6_000, 'x'),
];

describe('tricks', () => {
  test('headers: a key stays the key of its tenant', async () => {
    for (const [headers, status] of disguises()) {
      const answer = await platform.ask('GET /api/v1/tenants/me', { headers });
      assert.equal(answer.status, status, JSON.stringify(headers));
      if (status === 200) assert.match(answer.text, /"tenant_id":"mallory_co"/);
      assertNothingOfVictim(answer, { sent: '../victim_co', both: 'mallory_co, victim_co' });
    }
  });

  test('ids that climb, end early, look alike or never end', async () => {
    for (const route of routes.filter(({ path }) => path.includes('{'))) {
      for (const twist of TWISTS) {
        const ids = Object.fromEntries(
          Object.entries(idsOfVictim()).map(([name, id]) => [name, twist(id)]),
        );
        const answer = await askFor(route, keyed(ours), ids);
        assert.ok(answer.status >= 400 && answer.status < 500, `${route.path} ${answer.raw}`);
        assert.doesNotMatch(answer.text, /row|secret-value|"rows"/);
      }
    }
  });
});

test('the victim is as it was', async () => {
  const headers = keyed(victim.key);
  const me = await platform.ask('GET /api/v1/tenants/me', { headers });
  assert.match(me.text, /"display_name":"victim_co","status":"active"/);
  const runs = await platform.ask('GET /api/v1/pipelines/runs', { headers });
  assert.equal((JSON.parse(runs.text) as { runs: unknown[] }).runs.length, 2);
  const rows = await platform.query(victim.key, `SELECT id, name FROM ${victim.table}`);
  assert.deepEqual((JSON.parse(rows.text) as { rows: unknown }).rows, [[1, `${MARKER} row`]]);
});

test('neither the log nor any file of the platform holds a secret or a key', async () => {
  const { stdout, stderr } = await platform.stop();
  const hidden = [victim.key, ours, ADMIN_KEY, `${MARKER}-secret-value`];
  const holders = hidden.filter((value) => (stdout + stderr).includes(value));
  assert.deepEqual(holders, []);
  assert.ok(!(stdout + stderr).includes(`${MARKER} row`));
  const data = join(platform.folder, 'data');
  const entries = await readdir(data, { recursive: true, withFileTypes: true });
  // Parts are what a source sent, be it our own token.
  const own = entries.filter((entry) => entry.isFile() && !entry.parentPath.includes('/parts/'));
  for (const entry of own) {
    const bytes = await readFile(join(entry.parentPath, entry.name));
    const found = hidden.filter((value) => bytes.includes(value));
    assert.deepEqual(found, [], entry.name);
  }
});

function codeOf({ text }: Answer): string {
  return text === '' ? '' : (JSON.parse(text) as { code: string }).code;
}

async function makeKey(expiresAt?: Date): Promise<{ api_key: string; hash: string }> {
  const { text } = await platform.admin('POST /api/v1/admin/api-keys', {
    tenant_id: VICTIM,
    description: 'ends',
    ...(expiresAt && { expires_at: expiresAt.toISOString() }),
  });
  return JSON.parse(text) as { api_key: string; hash: string };
}
