import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openTestApi } from '../../test-api.fake.ts';
import type { TestApi } from '../../test-api.fake.ts';

const PIPELINE = `
pipeline_id: sales
parameters: { shop: all }
steps:
  - { name: build, type: transform, transforms: transforms/sales.sql }
`;
const runs = '/api/v1/pipelines/runs';
const backfill = '/api/v1/pipelines/sales/backfill';

let api: TestApi;
before(async () => {
  api = await openTestApi();
});
after(() => api.close());

/** A tenant with the pipeline, and calls in its name. */
async function open(tenant: string, plan: string) {
  const key = await api.onboard(tenant);
  await api.admin(`PATCH /api/v1/admin/tenants/${tenant}`, { plan });
  await api.writeConfig(`${tenant}/pipelines/sales.yml`, PIPELINE);
  await api.writeConfig(`${tenant}/transforms/sales.sql`, 'SELECT {{ run.date }} AS day');
  const call = (route: string, body?: object, headers: Record<string, string> = {}) =>
    api.call(route, { key, body, headers });
  return {
    call,
    trigger: async () =>
      String((await call('POST /api/v1/pipelines/run/sales')).body.pipeline_logging_id),
    /** Claims all that waits and can be claimed, and ends it. */
    end: async (status: 'COMPLETE' | 'FAILED') => {
      const taken = await api.queue.claimRuns('w', { limit: 1_000, leaseMs: 60_000 });
      const claims = taken.filter(({ tenantId }) => tenantId === tenant);
      const failure = { code: 'x', kind: 'input', message: 'no' } as const;
      for (const claim of claims) {
        await api.queue.finishRun(claim, status, status === 'FAILED' ? failure : null);
      }
      return claims.map(({ run }) => run);
    },
  };
}

type Entry = { pipeline_logging_id: string; new_pipeline_logging_id: string; status: string };

test('many are cancelled: first counted, then done, and again nothing is done', async () => {
  const { call, trigger } = await open('cancel_corp', 'scale');
  const ids = [await trigger(), await trigger(), await trigger()];
  const cancel = async (body: object) => (await call(`POST ${runs}/cancel`, body)).body;
  assert.deepEqual(await cancel({ dry_run: true }), {
    dry_run: true,
    matched: 3,
    done: [],
    refused: [],
  });
  const done = ids.slice(0, 2).map((id) => ({
    pipeline_logging_id: id,
    new_pipeline_logging_id: null,
    status: 'CANCELLED',
  }));
  assert.deepEqual(await cancel({ pipeline_id: 'sales', limit: 2 }), {
    dry_run: false,
    matched: 3,
    done,
    refused: [],
  });
  assert.equal((await cancel({ status: 'PENDING' })).matched, 1);
  assert.equal((await cancel({})).matched, 0);
  const bad = await call(`POST ${runs}/cancel`, { status: 'FAILED' });
  assert.deepEqual([bad.status, bad.body.code], [422, 'request_invalid']);
});

test('many are restarted once each, and what a quota refuses says why', async () => {
  const { call, trigger, end } = await open('restart_corp', 'scale');
  const ids = [await trigger(), await trigger(), await trigger()];
  await end('FAILED');
  const restart = async (body: object = {}) => (await call(`POST ${runs}/restart`, body)).body;
  const first = await restart({ limit: 1 });
  assert.deepEqual([first.matched, (first.done as Entry[])[0]?.pipeline_logging_id], [3, ids[0]]);
  assert.equal((await restart({ dry_run: true })).matched, 2);

  await api.admin('PATCH /api/v1/admin/tenants/restart_corp', { plan: 'starter' });
  for (let used = 4; used < 49; used++) await trigger();
  const [second, third] = await Promise.all([restart(), restart()]);
  const all = [second, third].flatMap((report) => report.done as Entry[]);
  const refused = [second, third].flatMap(
    (report) => report.refused as { pipeline_logging_id: string; failure: { code: string } }[],
  );
  assert.equal(all.length, 1, 'one run is left of the plan');
  const codes = new Set(refused.map(({ failure }) => failure.code));
  assert.ok(codes.has('quota_exceeded'));
  assert.ok([...codes].every((code) => ['quota_exceeded', 'run_restarted'].includes(code)));
  const again = all[0]?.new_pipeline_logging_id ?? '';
  assert.equal((await call(`GET ${runs}/${again}`)).body.restart_of, all[0]?.pipeline_logging_id);
});

test('a backfill is one group: its runs go one after the other, each for its days', async () => {
  const { call, end } = await open('fill_corp', 'scale');
  const wanted = { from: '2026-01-01', to: '2026-03-15', step: 'month', parameters: { shop: 'b' } };
  const intervals = [
    { interval_start: '2026-01-01', interval_end: '2026-02-01' },
    { interval_start: '2026-02-01', interval_end: '2026-03-01' },
    { interval_start: '2026-03-01', interval_end: '2026-03-15' },
  ];
  assert.deepEqual((await call(`POST ${backfill}/plan`, wanted)).body, { intervals });
  assert.deepEqual((await call(`GET ${runs}`)).body.runs, []);

  const headers = { 'idempotency-key': 'fill 1' };
  const { status, body } = await call(`POST ${backfill}`, wanted, headers);
  const { group_id: groupId, created_at: _, intervals: made, ...rest } = body;
  assert.equal(status, 202);
  assert.deepEqual(rest, {
    pipeline_id: 'sales',
    status: 'PENDING',
    trigger_by: 'api',
    parameters: { shop: 'b' },
    interval_start: '2026-01-01',
    interval_end: '2026-03-15',
    counts: { PENDING: 3, RUNNING: 0, COMPLETE: 0, FAILED: 0, CANCELLED: 0 },
  });
  const ids = (made as Entry[]).map((one) => one.pipeline_logging_id);
  const tries = await Promise.all([1, 2].map(() => call(`POST ${backfill}`, wanted, headers)));
  for (const again of tries) assert.deepEqual(again.body, body);
  const other = await call(`POST ${backfill}`, { ...wanted, to: '2026-04-01' }, headers);
  assert.deepEqual([other.status, other.body.code], [409, 'idempotency_conflict']);
  const trigger = await call('POST /api/v1/pipelines/run/sales', undefined, headers);
  assert.deepEqual([trigger.status, trigger.body.code], [409, 'idempotency_conflict']);

  const [january, ...others] = await end('COMPLETE');
  assert.deepEqual(others, [], 'one at a time');
  assert.deepEqual(
    [january?.runId, january?.interval],
    [ids[0], { start: '2026-01-01', end: '2026-02-01' }],
  );
  await end('FAILED');
  const place = `/api/v1/pipelines/backfills/${String(groupId)}`;
  assert.equal((await call(`GET ${place}`)).body.status, 'RUNNING');
  const cancelled = await call(`DELETE ${place}`);
  assert.deepEqual(
    [cancelled.body.status, cancelled.body.counts],
    ['FAILED', { PENDING: 0, RUNNING: 0, COMPLETE: 1, FAILED: 1, CANCELLED: 1 }],
  );
  assert.deepEqual((await call(`DELETE ${place}`)).body, cancelled.body);

  // A restart stays in the group and takes the place of the run that it restarts.
  await call(`POST ${runs}/restart`, { group_id: groupId, status: ['FAILED', 'CANCELLED'] });
  await end('COMPLETE');
  await end('COMPLETE');
  const whole = await call(`GET ${place}`);
  assert.deepEqual([whole.body.status, whole.body.created_at], ['COMPLETE', body.created_at]);
  const inGroup = (await call(`GET ${runs}?group_id=${String(groupId)}`)).body.runs as Entry[];
  assert.equal(inGroup.length, 5);
});

test('what a quota refuses of a backfill is a run with the reason, at the end of the range', async () => {
  const { call } = await open('small_fill', 'starter');
  const wanted = { from: '2026-01-01', to: '2026-02-25', concurrency: 2 };
  const { status, body } = await call(`POST ${backfill}`, wanted);
  assert.deepEqual(
    [status, body.counts],
    [202, { PENDING: 50, RUNNING: 0, COMPLETE: 0, FAILED: 5, CANCELLED: 0 }],
  );
  const made = body.intervals as { interval_start: string; failure: { code: string } | null }[];
  assert.deepEqual(
    [made[49]?.failure, made[50]?.interval_start, made[50]?.failure?.code],
    [null, '2026-02-20', 'quota_exceeded'],
  );
});

test('a backfill that cannot be is refused before anything is made', async () => {
  const { call } = await open('no_fill', 'starter');
  const refuse = async (body: object, route = `POST ${backfill}`) => {
    const reply = await call(route, { from: '2026-01-01', to: '2026-01-03', ...body });
    return [reply.status, reply.body.code];
  };
  assert.deepEqual(await refuse({ to: '2026-01-01' }), [422, 'request_invalid']);
  assert.deepEqual(await refuse({ from: '2026-02-30' }), [422, 'request_invalid']);
  assert.deepEqual(await refuse({ step: 'fortnight' }), [422, 'request_invalid']);
  assert.deepEqual(await refuse({ parameters: { x: 1 } }), [422, 'parameter_unknown']);
  const absent = 'POST /api/v1/pipelines/none/backfill';
  assert.deepEqual(await refuse({}, absent), [404, 'pipeline_absent']);
  await api.admin('POST /api/v1/admin/tenants/no_fill/suspend');
  assert.deepEqual(await refuse({}), [403, 'tenant_suspended']);
  assert.deepEqual((await call(`GET ${runs}`)).body.runs, []);
});

test('a group of another tenant is not there', async () => {
  const mine = await open('group_one', 'scale');
  const other = await open('group_two', 'scale');
  const { body } = await mine.call(`POST ${backfill}`, { from: '2026-01-01', to: '2026-01-02' });
  for (const group of [String(body.group_id), 'nonsense']) {
    for (const method of ['GET', 'DELETE']) {
      const { status, body: problem } = await other.call(
        `${method} /api/v1/pipelines/backfills/${group}`,
      );
      assert.deepEqual([status, problem.code], [404, 'backfill_absent']);
    }
  }
});
