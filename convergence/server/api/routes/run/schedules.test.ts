import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openTestApi } from '../../test-api.fake.ts';
import type { TestApi } from '../../test-api.fake.ts';

let api: TestApi;
let key = '';
before(async () => {
  api = await openTestApi();
  key = await api.onboard('acme');
  await api.writeConfig(
    'acme/sources/a.yml',
    'type: file\nresources: [{ name: r, path: data/*.csv }]\n',
  );
  const step = '{ name: load, type: ingest, source_config: sources/a.yml }';
  const schedule = '{ cron: "30 2 * * *", timezone: Europe/Berlin, jitter: 10m }';
  const pipeline = `pipeline_id: nightly\nschedule: ${schedule}\nsteps: [${step}]\n`;
  await api.writeConfig('acme/pipelines/nightly.yml', pipeline);
  await api.writeConfig('acme/pipelines/by_hand.yml', `pipeline_id: by_hand\nsteps: [${step}]\n`);
});
after(() => api.close());

interface Shown {
  readonly pipeline_id: string;
  readonly enabled: boolean;
  readonly disabled_by: string | null;
  readonly next_runs: readonly { due_at: string; starts_at: string }[];
}

const list = async (query = '') =>
  (await api.call(`GET /api/v1/schedules${query}`, { key })).body.schedules as Shown[];

test('schedules are listed as the files are now, with their next runs', async () => {
  const [nightly, ...others] = await list('?next=2');
  assert.ok(nightly);
  const { next_runs, ...rest } = nightly;
  assert.deepEqual(others, []);
  assert.deepEqual(rest, {
    pipeline_id: 'nightly',
    cron: '30 2 * * *',
    timezone: 'Europe/Berlin',
    missed: 'last',
    jitter_seconds: 600,
    enabled: true,
    disabled_at: null,
    disabled_by: null,
    last: null,
  });
  assert.equal(next_runs.length, 2);
  const delays = next_runs.map((run) => Date.parse(run.starts_at) - Date.parse(run.due_at));
  assert.ok(delays.every((delayMs) => delayMs === delays[0] && delayMs >= 0 && delayMs < 600_000));
});

test('a schedule is disabled and enabled again, by whom is shown', async () => {
  const disable = await api.call('POST /api/v1/schedules/nightly/disable', { key });
  assert.deepEqual(
    [disable.status, disable.body.enabled, disable.body.next_runs],
    [200, false, []],
  );
  assert.equal(typeof disable.body.disabled_by, 'string');
  assert.equal((await list())[0]?.enabled, false);
  const enable = await api.call('POST /api/v1/schedules/nightly/enable', { key });
  assert.deepEqual([enable.body.enabled, enable.body.disabled_by], [true, null]);
  const absent = await api.call('POST /api/v1/schedules/by_hand/disable', { key });
  assert.deepEqual([absent.status, absent.body.code], [404, 'schedule_absent']);
});

test('the chores may be asked for twice', async () => {
  const nothing = { tenants_read: 0, started: 0, refused: 0, missed: 0, stuck: 0 };
  for (const body of [{}, undefined]) {
    const fired = await api.admin('POST /api/v1/scheduler/trigger', body);
    assert.deepEqual([fired.status, fired.body], [200, nothing]);
    const reset = await api.admin('POST /api/v1/scheduler/reset-daily-quotas', body);
    assert.deepEqual([reset.status, reset.body], [200, { tenants_reset: 0 }]);
    const cleaned = await api.admin('POST /api/v1/scheduler/cleanup-orphaned-pipelines', body);
    assert.deepEqual([cleaned.status, cleaned.body], [200, { orphaned: [], lost: [] }]);
  }
  const refused = await api.call('POST /api/v1/scheduler/trigger', { key });
  assert.deepEqual([refused.status, refused.body.code], [401, 'admin_key_invalid']);
});
