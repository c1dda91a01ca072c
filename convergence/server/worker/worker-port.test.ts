import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createMetrics } from '../telemetry/metrics.ts';
import { serveWorkerPort } from './worker-port.ts';

const AT = { host: '127.0.0.1', port: 0 };

test('a worker serves its counts, and that it lives', async (t) => {
  const metrics = createMetrics();
  metrics.runs.leaseLost();
  const deps = { metrics, wake: async () => {} };
  const port = await serveWorkerPort(deps, AT);
  t.after(() => port.close());
  const paths = ['/metrics', '/health/live', '/wake', '/else'];
  const answers = await Promise.all(paths.map((path) => fetch(port.url + path)));
  assert.deepEqual(
    answers.map(({ status }) => status),
    [200, 200, 404, 404],
  );
  assert.match((await answers[0]?.text()) ?? '', /^convergence_leases_lost_total 1$/m);
  const again = serveWorkerPort(deps, { ...AT, port: Number(new URL(port.url).port) });
  await assert.rejects(again, { code: 'port_taken' });
});

test('who wakes it waits until there is no work', async (t) => {
  let end: () => void = () => {};
  const asked = Promise.withResolvers<void>();
  const port = await serveWorkerPort(
    {
      metrics: createMetrics(),
      wake: (signal) =>
        new Promise((resolve) => {
          end = resolve;
          signal.addEventListener('abort', () => resolve());
          asked.resolve();
        }),
    },
    AT,
  );
  t.after(() => port.close());
  // As Pub/Sub pushes it: the body says nothing that counts.
  const body = JSON.stringify({ message: { data: '' }, subscription: 's' });
  const waking = fetch(`${port.url}/wake`, { method: 'POST', body });
  await asked.promise;
  end();
  const answer = await waking;
  assert.deepEqual([answer.status, await answer.json()], [200, { status: 'idle' }]);
});
