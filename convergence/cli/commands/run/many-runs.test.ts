import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openTestApi } from '../../../server/api/test-api.fake.ts';
import type { TestApi } from '../../../server/api/test-api.fake.ts';
import { callCli } from '../../cli-in-process.fake.ts';

const PIPELINE = `
pipeline_id: sales
parameters: { shop: all }
steps:
  - { name: build, type: transform, transforms: transforms/sales.sql }
`;

let api: TestApi;
let flags: string[];

/** No worker takes runs here. */
before(async () => {
  api = await openTestApi();
  const key = await api.onboard('acme_corp');
  await api.writeConfig('acme_corp/pipelines/sales.yml', PIPELINE);
  await api.writeConfig('acme_corp/transforms/sales.sql', 'SELECT {{ run.date }} AS day');
  flags = ['--url', await api.app.listen({ port: 0, host: '127.0.0.1' }), '--api-key', key];
});
after(() => api.close());

const call = (...args: string[]) => callCli(...args, ...flags);

test('runs are cancelled, restarted and replayed from the command line', async () => {
  for (let nr = 0; nr < 2; nr++) assert.equal((await call('run', 'sales')).code, 0);
  const vague = await call('runs', 'cancel');
  assert.deepEqual([vague.code, /Which runs\?/.test(vague.stderr)], [2, true]);
  const counted = await call('runs', 'cancel', '--pipeline', 'sales', '--dry-run');
  assert.equal(counted.stdout, '2 runs fit; without --dry-run they are cancelled\n');
  assert.equal((await call('runs', 'cancel', '--all')).stdout, '2 of 2 runs are cancelled\n');
  const restart = ['runs', 'restart', '--status', 'CANCELLED', '--since', '1h', '--max', '1'];
  assert.equal(
    (await call(...restart)).stdout,
    '1 of 2 runs are restarted\n1 were beyond --max: call it again\n',
  );
  const listed = await call('runs', '--status', 'PENDING', 'CANCELLED', '--json');
  const { runs } = JSON.parse(listed.stdout) as { runs: { pipeline_logging_id: string }[] };
  assert.equal(runs.length, 3);
  const since = await call('runs', '--since', 'noon');
  assert.deepEqual([since.code, /--since is 'noon'/.test(since.stderr)], [2, true]);

  const first = runs[0]?.pipeline_logging_id ?? '';
  const replayed = await call('replay', first, '--param', 'shop=berlin', '--json');
  const { replay_of, parameters } = JSON.parse(replayed.stdout) as Record<string, unknown>;
  assert.deepEqual({ replay_of, parameters }, { replay_of: first, parameters: { shop: 'berlin' } });
});

test('a backfill is planned, started, shown and cancelled from the command line', async () => {
  const range = ['--from', '2026-01-01', '--to', '2026-03-01', '--step', 'month'];
  const planned = await call('backfill', 'start', 'sales', ...range, '--dry-run');
  assert.equal(
    planned.stdout,
    '2 runs:\n  2026-01-01 up to 2026-02-01\n  2026-02-01 up to 2026-03-01\n',
  );
  const started = await call('backfill', 'start', 'sales', ...range);
  assert.match(started.stdout, /^backfill \S+ of sales is PENDING: 2 PENDING\nfrom +up to +run +/);
  const group = /^backfill (\S+)/.exec(started.stdout)?.[1] ?? '';
  assert.equal((await call('backfill', 'show', group)).stdout, started.stdout);
  const cancelled = await call('backfill', 'cancel', group);
  assert.match(cancelled.stdout, /is CANCELLED: 2 CANCELLED\n/);
  assert.match(cancelled.stdout, /2026-02-01 +2026-03-01 +\S+ +CANCELLED +Cancelled by api\.\n$/);
  assert.equal((await call('backfill', 'show', 'nonsense')).code, 4);
  assert.equal((await call('backfill', 'start', 'sales', '--from', 'x', '--to', 'y')).code, 2);
});
