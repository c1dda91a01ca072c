import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { OnboardAnswer } from '../../contract/tenant/onboarding.ts';
import { openTestApi } from '../../test-api.fake.ts';

const api = await openTestApi();
after(() => api.close());

async function onboard(tenantId: string): Promise<OnboardAnswer> {
  const { status, body, text } = await api.admin('POST /api/v1/tenants/onboard', {
    tenant_id: tenantId,
  });
  assert.equal(status, 200, text);
  return body as unknown as OnboardAnswer;
}

test('ten onboardings of a tenant at once make it once, with one key', async () => {
  const answers = await Promise.all(Array.from({ length: 10 }, () => onboard('acme_corp')));
  const made = answers.flatMap(({ api_key: key }) => (key === null ? [] : [key]));
  assert.equal(made.length, 1);
  const { api_keys: keys } = (await api.admin('GET /api/v1/admin/api-keys?tenant_id=acme_corp'))
    .body;
  assert.equal((keys as object[]).length, 1);
  assert.equal((await api.call('GET /api/v1/pipelines', { key: made[0] })).status, 200);
  for (const name of ['profile', 'sample_pipeline'] as const) {
    const states = answers.flatMap(({ steps }) => steps.filter((step) => step.name === name));
    assert.equal(states.filter(({ state }) => state === 'done').length, 1, name);
  }
  const folder = join(api.deps.settings.CONFIG_DIR, 'acme_corp');
  assert.deepEqual((await readdir(folder)).toSorted(), SAMPLE);
});

const SAMPLE = ['checks', 'data', 'pipelines', 'sources', 'transforms'];

test('whoever lost the key gets another after revoking it', async () => {
  const { api_key: first } = await onboard('blue_corp');
  assert.equal((await onboard('blue_corp')).api_key, null);
  const { body } = await api.admin('GET /api/v1/admin/api-keys?tenant_id=blue_corp');
  const [{ hash } = { hash: '' }] = body.api_keys as { hash: string }[];
  await api.admin(`DELETE /api/v1/admin/api-keys/${hash}`);
  const { api_key: second } = await onboard('blue_corp');
  assert.ok(second !== null && second !== first);
});
