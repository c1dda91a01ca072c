import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { openReceiver } from '../../../testing/receiver.ts';
import { openRelayBench } from './relay.fake.ts';

const bench = await openRelayBench({ PUBLIC_URL: 'https://etl.example.com' });
const slack = await openReceiver();
after(async () => {
  await bench.close();
  await slack.close();
});

const PIPELINE = `
pipeline_id: orders
notify:
  on_failure:
    - slack: '{{ secrets.slack_url }}'
steps:
  - { name: check, type: dq, checks: checks/orders.yml }
`;
const CHECKS = 'table: orders\nrules: [{ rule: not_be_null, column: id }]\n';

const failure = {
  code: 'dq_failed',
  kind: 'input',
  message: 'orders breaks 1 rule',
  hint: 'Look at the rows.',
} as const;

test('people are told of each failure and of the first success after it, once', async () => {
  await bench.addTenant('acme');
  await bench.writeConfig('acme/pipelines/orders.yml', PIPELINE);
  await bench.writeConfig('acme/checks/orders.yml', CHECKS);
  await bench.writeConfig('acme/secrets/slack_url', `${slack.url}/services/T0/B0/s3cret`);
  bench.startRelay();
  await bench.run('acme', 'COMPLETE');
  const failed = await bench.run('acme', 'FAILED', failure);
  const again = await bench.run('acme', 'COMPLETE');
  await bench.run('acme', 'COMPLETE');
  const last = await bench.run('acme', 'FAILED', failure);
  await slack.untilReceived(3);

  const heads = slack.received.map(({ path, body }) => {
    const { text } = JSON.parse(body) as { text: string };
    const lines = text.split('\n');
    return [path, lines[0], lines.at(-1)];
  });
  const link = (runId: string) => `https://etl.example.com/api/v1/pipelines/runs/${runId}`;
  const path = '/services/T0/B0/s3cret';
  const sorted = heads.toSorted((a, b) => String(a[2]).localeCompare(String(b[2])));
  assert.deepEqual(sorted, [
    [path, '*[acme] orders FAILED: dq_failed*', link(failed)],
    [path, '*[acme] orders works again*', link(again)],
    [path, '*[acme] orders FAILED: dq_failed*', link(last)],
  ]);
  const [declared] = await bench.api.sinks.listSinks('acme');
  assert.deepEqual(
    [declared?.kind, declared?.pipelineId, declared?.address],
    ['slack', 'orders', '{{ secrets.slack_url }}'],
  );
});

test('a channel whose secret is missing fails where one can see it, and names no secret', async () => {
  await bench.addTenant('beta');
  await bench.writeConfig('beta/pipelines/orders.yml', PIPELINE.replace('slack_url', 'gone'));
  await bench.writeConfig('beta/checks/orders.yml', CHECKS);
  await bench.run('beta', 'FAILED', failure);
  for (;;) {
    const [sink] = await bench.api.sinks.listSinks('beta');
    if (!sink?.lastError) continue;
    assert.match(sink.lastError, /gone/);
    break;
  }
});
