import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { UsageListAnswer } from '../../contract/tenant/usage.ts';
import { openTestApi } from '../../test-api.fake.ts';

const example = join(import.meta.dirname, '../../../../../docs/reference/plans.yml');
const PIPELINE = `
pipeline_id: p
steps: [{ name: s, type: transform, transforms: transforms/t.sql }]
`;

const folder = await mkdtemp(join(tmpdir(), 'convergence-plans-'));
const plansFile = join(folder, 'plans.yml');
const starter = (await readFile(example, 'utf8')).replace(/\n {2}professional:.*/s, '\n');
const tiny = starter
  .slice(starter.indexOf('  starter:'))
  .replace('starter:', 'tiny:')
  .replace('runs_per_day: 50 ', 'runs_per_day: 4 ');
await writeFile(plansFile, starter + tiny);
const api = await openTestApi({ PLANS_FILE: plansFile });
after(() => api.close().then(() => rm(folder, { recursive: true })));

async function makeTenant(tenantId: string, plan: string, runs: number): Promise<void> {
  await api.admin('POST /api/v1/admin/tenants', { tenant_id: tenantId, plan });
  await api.writeConfig(`${tenantId}/pipelines/p.yml`, PIPELINE);
  await api.writeConfig(`${tenantId}/transforms/t.sql`, 'SELECT 1 AS one');
  for (let nr = 0; nr < runs; nr++) assert.equal(await trigger(tenantId), 202);
}

async function trigger(tenantId: string): Promise<number> {
  const headers = { 'x-tenant-id': tenantId };
  const { ADMIN_API_KEY: adminKey } = api.deps.settings;
  const call = { adminKey, headers, body: {} };
  return (await api.call('POST /api/v1/pipelines/run/p', call)).status;
}

test('the operator names the plans, and sees who is nearest to a limit', async () => {
  await makeTenant('calm', 'starter', 1);
  await makeTenant('busy', 'tiny', 4);
  await makeTenant('half', 'tiny', 2);
  assert.equal(await trigger('busy'), 429);

  const seen: unknown[] = [];
  let query: string | null = 'limit=1';
  while (query !== null) {
    const { body } = await api.admin(`GET /api/v1/admin/usage?${query}`);
    const { tenants, next_cursor: next } = body as unknown as UsageListAnswer;
    seen.push([tenants[0]?.tenant_id, tenants[0]?.nearness]);
    query = next && `limit=1&cursor=${next}`;
  }
  const order = [
    ['busy', 1],
    ['half', 0.5],
    ['calm', 0.02],
  ];
  assert.deepEqual(seen, order);

  const { body } = await api.admin('GET /api/v1/admin/plans');
  const plans = body.plans as { name: string; tenants: number; limits: { runs_per_day: number } }[];
  assert.deepEqual(
    plans.map(({ name, tenants, limits }) => [name, tenants, limits.runs_per_day]),
    [
      ['starter', 1, 50],
      ['tiny', 2, 4],
    ],
  );
  assert.equal(body.problem, null);
});

test('a plan that is not in the file is refused with those that are', async () => {
  const wanted = { tenant_id: 'rich', plan: 'enterprise' };
  const { status, body } = await api.admin('POST /api/v1/admin/tenants', wanted);
  assert.deepEqual([status, body.code], [422, 'plan_unknown']);
  assert.equal(body.detail, "There is no plan 'enterprise'; there are starter, tiny.");
  const change = await api.admin('PATCH /api/v1/admin/tenants/calm', { plan: 'tinny' });
  assert.deepEqual([change.status, change.body.hint], [422, "did you mean 'tiny'?"]);
});

test('a changed file is in force within a second, with the counts as they were', async () => {
  await writeFile(plansFile, starter + tiny.replace('runs_per_day: 4 ', 'runs_per_day: 5 '));
  for (let status = 429; status === 429;) status = await trigger('busy');
  assert.equal(await trigger('busy'), 429);

  await writeFile(plansFile, starter);
  let problem: unknown = null;
  while (problem === null) problem = (await api.admin('GET /api/v1/admin/plans')).body.problem;
  assert.equal(problem, "There is no plan 'tiny', which 2 tenants have.");
  assert.equal(await trigger('busy'), 429);
});
