import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createMetrics } from '../telemetry/metrics.ts';
import { serveWorkerPort } from './worker-port.ts';

const AT = { host: '127.0.0.1', port: 0 };

test('a worker serves its counts, and that it lives', async (t) => {
  const metrics = createMetrics();
  metrics.runs.leaseLost();
  const deps = { metrics, wake: async () => true };
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

test('who wakes it waits until there is no work, and is sent away when that takes too long', async (t) => {
  const asked: PromiseWithResolvers<boolean>[] = [];
  const begun = Promise.withResolvers<void>();
  const wake = () => {
    const answer = Promise.withResolvers<boolean>();
    asked.push(answer);
    if (asked.length === 2) begun.resolve();
    return answer.promise;
  };
  const port = await serveWorkerPort({ metrics: createMetrics(), wake }, AT);
  t.after(() => port.close());
  // As Pub/Sub pushes it: the body says nothing that counts.
  const body = JSON.stringify({ message: { data: '' }, subscription: 's' });
  const call = () => fetch(`${port.url}/wake`, { method: 'POST', body });
  const answers = [call(), call()];
  await begun.promise;
  for (const answer of asked) answer.resolve(answer === asked[0]);
  const found = await Promise.all(
    answers.map(async (answer) => {
      const { status, headers } = await answer;
      return [status, headers.get('retry-after')];
    }),
  );
  assert.deepEqual(
    found.toSorted((a, b) => Number(a[0]) - Number(b[0])),
    [
      [200, null],
      [503, '1'],
    ],
  );
});
