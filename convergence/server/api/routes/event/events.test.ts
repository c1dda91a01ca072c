import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { openTestApi } from '../../test-api.fake.ts';

const api = await openTestApi({ PUBLIC_URL: 'https://etl.example.com/' });
after(() => api.close());

interface Event {
  readonly type: string;
  readonly data: { readonly sequence: number; readonly pipeline_logging_id: string };
}

test('a tenant reads its own events, page by page', async () => {
  const key = await api.onboard('acme');
  const other = await api.onboard('other');
  const request = { pipelineId: 'orders', triggerBy: 'test', parameters: {} };
  const { runId } = await api.deps.runs.admitRun({ tenantId: 'acme' }, request);
  await api.deps.runs.cancelRun({ tenantId: 'acme' }, runId, 'test');

  const before = await api.call('GET /api/v1/events?limit=1', { key });
  const [onboarded] = before.body.events as Event[];
  assert.equal(onboarded?.type, 'convergence.tenant.onboarded');
  const after = onboarded.data.sequence;
  const first = await api.call(`GET /api/v1/events?limit=1&after=${after}`, { key });
  const [pending] = first.body.events as Event[];
  assert.deepEqual(first.body, {
    events: [
      {
        ...pending,
        type: 'convergence.run.pending',
        data: {
          ...pending?.data,
          pipeline_id: 'orders',
          pipeline_logging_id: runId,
          link: `https://etl.example.com/api/v1/pipelines/runs/${runId}`,
        },
      },
    ],
    after: pending?.data.sequence,
    more: true,
  });
  const rest = await api.call(`GET /api/v1/events?after=${String(first.body.after)}`, { key });
  const types = (rest.body.events as Event[]).map(({ type }) => type);
  assert.deepEqual([types, rest.body.more], [['convergence.run.cancelled'], false]);

  const foreign = await api.call('GET /api/v1/events', { key: other });
  const [own, ...others] = foreign.body.events as { source: string }[];
  assert.deepEqual([own?.source, others], ['/tenants/other', []]);
  assert.equal((await api.call('GET /api/v1/events')).status, 401);
});
