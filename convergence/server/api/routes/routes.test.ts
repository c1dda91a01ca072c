import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openTestApi } from '../test-api.fake.ts';
import type { TestApi } from '../test-api.fake.ts';

const PIPELINE = `
pipeline_id: delays
description: Daily delays
parameters:
  day: "2026-01-01"
concurrency: { limit: 1, on_conflict: queue }
steps:
  - name: build
    type: transform
    transforms: transforms/delays.sql
  - name: check
    type: dq
    checks: checks/delays.yml
    on_failure: continue
`;
const CHECKS = `
table: delays
rules:
  - { rule: not_be_null, column: day }
`;

let api: TestApi;
let key: string;

before(async () => {
  api = await openTestApi();
  key = await api.onboard('acme_corp');
  await api.writeConfig('acme_corp/pipelines/delays.yml', PIPELINE);
  await api.writeConfig('acme_corp/checks/delays.yml', CHECKS);
  await api.writeConfig('acme_corp/transforms/delays.sql', 'SELECT 1 AS day');
  await api.writeConfig('acme_corp/pipelines/broken.yml', 'pipeline_id: broken\nstep: []\n');
});
after(() => api.close());

/** An answer without what differs from run to run. */
function stable(body: Record<string, unknown>): Record<string, unknown> {
  const text = JSON.stringify(body, (_name, value: unknown) =>
    typeof value === 'string' && /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(value) ? '<time>' : value,
  );
  return JSON.parse(text) as Record<string, unknown>;
}

test('bootstrap says how many control tables there are', async () => {
  const { body } = await api.admin('POST /api/v1/admin/bootstrap', {});
  assert.deepEqual(body, {
    status: 'success',
    message: 'The tables are there.',
    dataset: 'tenants',
    tables_created: 11,
  });
});

test('a tenant is made once, read, changed, suspended, resumed and removed', async () => {
  const root = '/api/v1/admin/tenants';
  const wanted = { tenant_id: 'blue_corp', display_name: 'Blue', plan: 'scale' };
  const made = await api.admin(`POST ${root}`, wanted);
  const profile = {
    ...wanted,
    status: 'active',
    time_zone: 'UTC',
    google_service_account: null,
    created_at: '<time>',
  };
  assert.deepEqual([made.status, stable(made.body)], [201, profile]);
  assert.equal((await api.admin(`POST ${root}`, wanted)).status, 200);
  const other = await api.admin(`POST ${root}`, { ...wanted, plan: 'starter' });
  assert.deepEqual([other.status, other.body.code], [409, 'tenant_exists']);

  const change = await api.admin(`PATCH ${root}/blue_corp`, { time_zone: 'Europe/Berlin' });
  assert.deepEqual(stable(change.body), { ...profile, time_zone: 'Europe/Berlin' });
  const google_service_account = 'blue@my-project.iam.gserviceaccount.com';
  const given = await api.admin(`PATCH ${root}/blue_corp`, { google_service_account });
  assert.equal(given.body.google_service_account, google_service_account);
  const taken = await api.admin(`PATCH ${root}/blue_corp`, { google_service_account: null });
  assert.deepEqual(stable(taken.body), { ...profile, time_zone: 'Europe/Berlin' });
  const nobody = { google_service_account: 'blue@example.org' };
  assert.equal((await api.admin(`PATCH ${root}/blue_corp`, nobody)).status, 422);
  for (const bad of [{}, { time_zone: 'Mars/Olympus' }, { plan: 'gold' }, { status: 'active' }]) {
    assert.equal((await api.admin(`PATCH ${root}/blue_corp`, bad)).status, 422);
  }
  const suspended = await api.admin(`POST ${root}/blue_corp/suspend`);
  const resumed = await api.admin(`POST ${root}/blue_corp/resume`);
  assert.deepEqual([suspended.body.status, resumed.body.status], ['suspended', 'active']);

  const list = await api.admin(`GET ${root}?limit=1`);
  const next = await api.admin(`GET ${root}?limit=1&cursor=${String(list.body.next_cursor)}`);
  const ids = [list, next].flatMap(({ body }) =>
    (body.tenants as { tenant_id: string }[]).map((tenant) => tenant.tenant_id),
  );
  assert.deepEqual([ids, next.body.next_cursor], [['acme_corp', 'blue_corp'], null]);

  const unsure = await api.admin(`DELETE ${root}/blue_corp`);
  assert.deepEqual([unsure.status, unsure.body.code], [409, 'confirmation_needed']);
  assert.equal((await api.admin(`DELETE ${root}/blue_corp?confirm=blue_corp`)).status, 200);
  assert.equal((await api.admin(`GET ${root}/blue_corp`)).status, 404);
});

test('a suspended tenant may look, and starts nothing', async () => {
  const own = await api.onboard('grey_corp');
  await api.writeConfig('grey_corp/pipelines/delays.yml', PIPELINE);
  await api.writeConfig('grey_corp/checks/delays.yml', CHECKS);
  await api.writeConfig('grey_corp/transforms/delays.sql', 'SELECT 1 AS day');
  await api.admin('POST /api/v1/admin/tenants/grey_corp/suspend');
  const run = await api.call('POST /api/v1/pipelines/run/delays', { key: own, body: {} });
  assert.deepEqual([run.status, run.body.code], [403, 'tenant_suspended']);
  assert.equal((await api.call('GET /api/v1/tenants/me', { key: own })).body.status, 'suspended');
});

test('a key is shown once, listed by its hash, and revoked', async () => {
  const root = '/api/v1/admin/api-keys';
  const body = {
    tenant_id: 'acme_corp',
    description: 'nightly',
    expires_at: '2099-01-01T00:00:00Z',
  };
  const made = await api.admin(`POST ${root}`, body);
  const { api_key: newKey, ...record } = made.body;
  assert.equal(made.status, 201);
  assert.equal((await api.call('GET /api/v1/tenants/me', { key: String(newKey) })).status, 200);

  const url = `${root}/${String(record.hash)}`;
  const read = await api.admin(`GET ${url}`);
  assert.deepEqual({ ...read.body, last_used_at: null }, record);
  const list = await api.admin(`GET ${root}?tenant_id=acme_corp`);
  assert.doesNotMatch(list.text, new RegExp(String(newKey)));
  assert.equal((list.body.api_keys as unknown[]).length, 2);

  assert.equal(stable((await api.admin(`DELETE ${url}`)).body).revoked_at, '<time>');
  assert.equal((await api.call('GET /api/v1/tenants/me', { key: String(newKey) })).status, 401);
  const absent = await api.admin(`POST ${root}`, { ...body, tenant_id: 'no_such_corp' });
  assert.deepEqual([absent.status, absent.body.code], [404, 'tenant_absent']);
});

test('a rotated key and its successor both open until the overlap is over', async () => {
  const root = '/api/v1/admin/api-keys';
  const body = { tenant_id: 'acme_corp', description: 'ci', scopes: ['read'] };
  const made = await api.admin(`POST ${root}`, body);
  const url = `${root}/${String(made.body.hash)}`;
  const rotated = await api.admin(`POST ${url}/rotate`, { overlap: '24h' });
  const { description, scopes, tenant_id } = rotated.body;
  assert.deepEqual([rotated.status, { description, scopes, tenant_id }], [201, body]);
  for (const { body } of [made, rotated]) {
    const reply = await api.call('GET /api/v1/tenants/me', { key: String(body.api_key) });
    assert.equal(reply.status, 200);
  }
  const old = await api.admin(`GET ${url}`);
  const endsMs = Date.parse(String(old.body.expires_at)) - Date.now();
  assert.ok(endsMs > 23.9 * 3_600_000 && endsMs <= 24 * 3_600_000);
  assert.equal(old.body.replaced_by, rotated.body.hash);

  const again = await api.admin(`POST ${url}/rotate`, {});
  assert.deepEqual([again.status, again.body.code], [409, 'key_ended']);
  assert.match(String(again.body.hint), new RegExp(String(rotated.body.hash)));
  for (const overlap of ['1', 'soon', '-1s', '91d', 5]) {
    assert.equal((await api.admin(`POST ${url}/rotate`, { overlap })).status, 422, `${overlap}`);
  }
  for (const scopes of [[], ['all'], ['read', 'read'], 'read']) {
    assert.equal((await api.admin(`POST ${root}`, { ...body, scopes })).status, 422);
  }
});

test('onboarding rehearses, does it once, and may be repeated', async () => {
  const onboard = async (extra: object) => {
    const body = { tenant_id: 'new_corp', display_name: 'New', ...extra };
    const reply = await api.admin('POST /api/v1/tenants/onboard', body);
    const steps = reply.body.steps as { name: string; state: string }[];
    const states = steps.map(({ name, state }) => `${name} ${state}`);
    return { states, key: reply.body.api_key };
  };
  const parts = ['profile', 'subscription', 'quota', 'dataset', 'sample_pipeline', 'api_key'];
  const done = parts.map((part) => `${part} done`);
  const rehearsed = await onboard({ dry_run: true });
  assert.deepEqual(
    rehearsed.states,
    done.map((state) => state.replace('done', 'would_do')),
  );
  assert.equal((await api.admin('GET /api/v1/admin/tenants/new_corp')).status, 404);

  const first = await onboard({});
  assert.deepEqual(first.states, done);
  assert.match(String(first.key), /^cvg_/);
  const wanted = { tenant_id: 'new_corp', plan: 'scale', dry_run: true };
  const other = await api.admin('POST /api/v1/tenants/onboard', wanted);
  assert.deepEqual([other.status, other.body.code], [409, 'tenant_exists']);
  const again = await onboard({ sample_pipeline: false });
  assert.deepEqual(again, {
    states: parts.map((part) =>
      part === 'sample_pipeline' ? `${part} left_out` : `${part} was_there`,
    ),
    key: null,
  });
});

test('usage stands beside the limits of the plan', async () => {
  const { body } = await api.call('GET /api/v1/tenants/me/usage', { key });
  const limit = (name: string, allowed: number, resetsAt: string | null = '<time>') => ({
    name,
    used: 0,
    allowed,
    resets_at: resetsAt,
  });
  assert.deepEqual(stable(body), {
    tenant_id: 'acme_corp',
    plan: 'starter',
    time_zone: 'UTC',
    limits: [
      limit('runs_per_day', 50),
      limit('runs_per_month', 1_000),
      limit('rows_per_day', 5_000_000),
      limit('rows_per_month', 50_000_000),
      limit('bytes_per_day', 5e9),
      limit('bytes_per_month', 50e9),
      limit('concurrent_runs', 2, null),
      limit('sources', 10, null),
    ],
  });
});

test('pipelines are listed with the problems of broken files', async () => {
  const { body } = await api.call('GET /api/v1/pipelines', { key });
  const delays = {
    pipeline_id: 'delays',
    description: 'Daily delays',
    schedule: null,
    steps: 2,
    runnable: true,
  };
  const broken = { pipeline_id: 'broken', description: null, schedule: null, steps: 0 };
  const pipelines = body.pipelines as { pipeline_id: string }[];
  assert.deepEqual(
    pipelines.toSorted((a, b) => (a.pipeline_id < b.pipeline_id ? 1 : -1)),
    [delays, { ...broken, runnable: false }],
  );
  const problems = body.problems as { file: string; line: number }[];
  assert.ok(problems.length > 0);
  assert.ok(problems.every(({ file, line }) => file === 'pipelines/broken.yml' && line > 0));
  const told = (await api.call('GET /api/v1/config/problems', { key })).body;
  assert.deepEqual(told, { problems, remarks: [] });

  const one = await api.call('GET /api/v1/pipelines/delays', { key });
  assert.deepEqual(one.body, {
    ...delays,
    parameters: { day: '2026-01-01' },
    steps: [
      { name: 'build', type: 'transform', description: null, depends_on: [], on_failure: 'stop' },
      {
        name: 'check',
        type: 'dq',
        description: null,
        depends_on: ['build'],
        on_failure: 'continue',
      },
    ],
  });
  const unfit = await api.call('GET /api/v1/pipelines/broken', { key });
  assert.deepEqual([unfit.status, unfit.body.code], [422, 'config_invalid']);
  assert.deepEqual(unfit.body.details, { problems });
});

test('a tenant without a folder has no pipelines, which is no error', async () => {
  const own = await api.onboard('empty_corp');
  const { body } = await api.call('GET /api/v1/pipelines', { key: own });
  assert.deepEqual(body, { pipelines: [], problems: [] });
  const run = await api.call('POST /api/v1/pipelines/run/delays', { key: own, body: {} });
  assert.deepEqual([run.status, run.body.code], [404, 'pipeline_absent']);
});
