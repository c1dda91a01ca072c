import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { openTestApi } from '../../test-api.fake.ts';

const PIPELINE = `
pipeline_id: p
steps: [{ name: s, type: ingest, source_config: sources/s1.yml }]
`;
const SOURCE = 'type: file\nresources:\n  - { name: rows, path: data/*.csv }\n';
const runs = '/api/v1/pipelines/runs';
const refusal = {
  detail: 'The plan allows 10 sources, and there are 11.',
  details: { limit: 'sources', allowed: 10, used: 11 },
};

const api = await openTestApi();
after(() => api.close());

const key = await api.onboard('acme');
const call = async (route: string, body?: object) => {
  const reply = await api.call(route, { key, body });
  const { detail, details } = reply.body;
  return { ...reply, told: { detail, details } };
};
const write = (nr: number) => api.writeConfig(`acme/sources/s${nr}.yml`, SOURCE);

test('what goes beyond the sources of the plan is refused whoever asks, and nothing is made', async () => {
  await api.writeConfig('acme/pipelines/p.yml', PIPELINE);
  for (let nr = 1; nr <= 10; nr++) await write(nr);
  const { status, body } = await call('POST /api/v1/pipelines/run/p', {});
  assert.equal(status, 202);
  const runId = String(body.pipeline_logging_id);
  const [claim] = await api.queue.claimRuns('w', { limit: 1, leaseMs: 60_000 });
  assert.ok(claim);
  await api.queue.finishRun(claim, 'FAILED', { code: 'x', kind: 'input', message: 'no' });

  await write(11);
  for (const route of ['run/p', `runs/${runId}/restart`, `runs/${runId}/replay`, 'p/backfill']) {
    const asked = route === 'p/backfill' ? { from: '2026-03-01', to: '2026-03-03' } : undefined;
    const refused = await call(`POST /api/v1/pipelines/${route}`, asked);
    assert.deepEqual([refused.status, refused.told], [429, refusal], route);
  }
  const many = await call(`POST ${runs}/restart`, {});
  const [told] = many.body.refused as { failure: { message: string } }[];
  assert.equal(told?.failure.message, refusal.detail);
  assert.equal(((await call(`GET ${runs}`)).body.runs as object[]).length, 1);
  const usage = await call('GET /api/v1/tenants/me/usage');
  const limits = usage.body.limits as { name: string; used: number }[];
  const used = Object.fromEntries(limits.map((limit) => [limit.name, limit.used]));
  assert.deepEqual([used.runs_per_day, used.sources], [1, 10]);
});
