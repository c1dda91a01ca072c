import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openTestApi } from '../../../server/api/test-api.fake.ts';
import type { TestApi } from '../../../server/api/test-api.fake.ts';
import { callCli } from '../../cli-in-process.fake.ts';

const PIPELINE = `
pipeline_id: sales
schedule: { cron: '0 9 1 1 *', timezone: Asia/Kolkata }
steps:
  - { name: build, type: transform, transforms: transforms/sales.sql }
`;

let api: TestApi;
let flags: string[];

before(async () => {
  api = await openTestApi();
  const key = await api.onboard('acme_corp');
  await api.writeConfig('acme_corp/pipelines/sales.yml', PIPELINE);
  await api.writeConfig('acme_corp/transforms/sales.sql', 'SELECT 1 AS one');
  flags = ['--url', await api.app.listen({ port: 0, host: '127.0.0.1' }), '--api-key', key];
});
after(() => api.close());

const call = (...args: string[]) => callCli('schedules', ...args, ...flags);

test('schedules are listed, disabled and enabled from the command line', async () => {
  const { stdout } = await call('list');
  assert.match(
    stdout,
    /^pipeline +cron +time zone +next run +last\nsales +0 9 1 1 \* +Asia\/Kolkata/,
  );
  assert.match(stdout, /\w{3} \d{4}-01-01 09:00 GMT\+5:30\n$/);
  const next = await call('next', 'sales', '--count', '2');
  assert.match(next.stdout, /^sales {2}0 9 1 1 \*\nAsia\/Kolkata +UTC\n/);
  assert.equal(next.stdout.match(/-01-01T03:30:00\.000Z\n/g)?.length, 2);

  assert.match((await call('disable', 'sales')).stdout, /^the schedule of sales is disabled\n/);
  assert.match((await call('list')).stdout, /disabled by \S+\n$/);
  assert.match(
    (await call('next', 'sales')).stdout,
    /is disabled by \S+, so it has no next run\n$/,
  );
  const enabled = await call('enable', 'sales');
  assert.match(enabled.stdout, /^the schedule of sales is enabled; next run: \w{3} \d{4}-01-01/);

  const absent = await call('next', 'by_hand');
  assert.deepEqual([absent.code, /\[schedule_absent\]/.test(absent.stderr)], [4, true]);
});
