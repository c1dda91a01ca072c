import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { fail } from '../../../../engine/error-codes.ts';
import type { Claim, RunQueue } from '../../../../engine/run/run-queue.ts';
import { buildApp } from '../../app.ts';
import { openTestApi } from '../../test-api.fake.ts';
import type { TestApi } from '../../test-api.fake.ts';

const PIPELINE = `
pipeline_id: delays
parameters: { day: "2026-01-01", limit: 10 }
steps:
  - { name: build, type: transform, transforms: transforms/delays.sql }
`;
const RULE = {
  step: 'build',
  table: 'delays',
  ruleId: 'not_be_null:day',
  rule: 'not_be_null',
  severity: 'warn',
  passed: false,
  observed: 2,
  rowsTested: 100,
  rowsFailed: 2,
  samples: ['null'],
  problem: null,
} as const;

let api: TestApi;
let queue: RunQueue;
let key: string;

before(async () => {
  api = await openTestApi();
  ({ queue } = api);
  key = await api.onboard('acme_corp');
  await api.admin('PATCH /api/v1/admin/tenants/acme_corp', { plan: 'enterprise' });
  await api.writeConfig('acme_corp/pipelines/delays.yml', PIPELINE);
  await api.writeConfig('acme_corp/transforms/delays.sql', 'SELECT 1 AS day');
});
after(() => api.close());

const runs = '/api/v1/pipelines/runs';

async function trigger(body: object = {}, headers: Record<string, string> = {}) {
  return await api.call('POST /api/v1/pipelines/run/delays', { key, headers, body });
}

async function triggerRun(): Promise<string> {
  return String((await trigger()).body.pipeline_logging_id);
}

async function claim(runId: string): Promise<Claim> {
  const claims = await queue.claimRuns('w1', { limit: 100, leaseMs: 60_000 });
  const found = claims.find(({ run }) => run.runId === runId);
  assert.ok(found);
  return found;
}

const step = { name: 'build', type: 'transform', attempt: 1 } as const;

async function endRun(claimed: Claim): Promise<void> {
  const failure = {
    code: 'sql_invalid',
    kind: 'input',
    message: 'line 1: no such column',
  } as const;
  const at = new Date();
  const counts = { rowsIn: 9, rowsLoaded: 7, rowsQuarantined: 2, rulesPassed: 0, rulesFailed: 1 };
  const record = { ...step, ...counts, startedAt: at, finishedAt: at, failure };
  await queue.finishStep(claimed, { ...record, status: 'FAILED' }, [RULE]);
  await queue.finishRun(claimed, 'FAILED', failure);
}

test('a trigger is held against the pipeline and gives the run', async () => {
  const made = await trigger({ trigger_by: 'jo', parameters: { limit: '20' } });
  assert.equal(made.status, 202);
  assert.deepEqual(Object.keys(made.body), ['pipeline_logging_id', 'status']);
  const { body } = await api.call(`GET ${runs}/${String(made.body.pipeline_logging_id)}`, { key });
  const { created_at: createdAt, ...rest } = body;
  assert.match(String(createdAt), /^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
  assert.deepEqual(rest, {
    pipeline_logging_id: made.body.pipeline_logging_id,
    pipeline_id: 'delays',
    tenant_id: 'acme_corp',
    status: 'PENDING',
    trigger_by: 'jo',
    parameters: { day: '2026-01-01', limit: 20 },
    queue: 'transform',
    priority: 'normal',
    attempt: 0,
    started_at: null,
    finished_at: null,
    failure: null,
    restart_of: null,
    replay_of: null,
    group_id: null,
    interval_start: null,
    interval_end: null,
    steps: [],
  });
  const unknown = await trigger({ parameters: { dya: 1 } });
  assert.deepEqual([unknown.status, unknown.body.code], [422, 'parameter_unknown']);
  const unfit = await trigger({ parameters: { limit: 'many' } });
  assert.deepEqual([unfit.status, unfit.body.code], [422, 'parameter_invalid']);
  const urgent = await trigger({ priority: 'high' });
  const shown = await api.call(`GET ${runs}/${String(urgent.body.pipeline_logging_id)}`, { key });
  assert.equal(shown.body.priority, 'high');
  const bare = await api.call('POST /api/v1/pipelines/run/delays', { key });
  assert.equal(bare.status, 202);
});

test('the same Idempotency-Key gives the same run, and never a different one', async () => {
  const headers = { 'idempotency-key': 'night 7' };
  const first = await trigger({}, headers);
  assert.deepEqual((await trigger({}, headers)).body, first.body);
  const other = await trigger({ parameters: { day: '2026-01-02' } }, headers);
  assert.deepEqual([other.status, other.body.code], [409, 'idempotency_conflict']);
  assert.equal((await trigger({}, { 'idempotency-key': 'x'.repeat(300) })).status, 422);
});

test('a refusal for the quota says limit, use and when it ends', async () => {
  const own = await api.onboard('small_corp');
  await api.writeConfig('small_corp/pipelines/delays.yml', PIPELINE);
  await api.writeConfig('small_corp/transforms/delays.sql', 'SELECT 1 AS day');
  const call = () => api.call('POST /api/v1/pipelines/run/delays', { key: own, body: {} });
  for (let i = 0; i < 50; i++) assert.equal((await call()).status, 202);
  const refused = await call();
  assert.deepEqual([refused.status, refused.body.code], [429, 'quota_exceeded']);
  assert.ok(Number(refused.headers['retry-after']) > 60);
  const { resets_at: resetsAt, ...details } = refused.body.details as Record<string, unknown>;
  assert.match(String(resetsAt), /^\d{4}-\d\d-\d\dT00:00:00/);
  assert.deepEqual(details, { limit: 'runs_per_day', allowed: 50, used: 50 });
});

test('runs are listed newest first, in pages, by pipeline and state', async () => {
  const newest = [await triggerRun(), await triggerRun(), await triggerRun()].toReversed();
  const page = async (query: string) => {
    const { body } = await api.call(`GET ${runs}?${query}`, { key });
    const ids = (body.runs as { pipeline_logging_id: string }[]).map((r) => r.pipeline_logging_id);
    return { ids, next: body.next_cursor as string | null };
  };
  const first = await page('limit=2&pipeline_id=delays&status=PENDING');
  const second = await page(`limit=1&cursor=${String(first.next)}`);
  assert.deepEqual([...first.ids, ...second.ids], newest);
  assert.deepEqual(await page('status=COMPLETE&status=FAILED'), { ids: [], next: null });
  assert.deepEqual((await page('trigger_by=api&status=PENDING&limit=3')).ids, newest);
  assert.deepEqual((await page('created_from=2999-01-01')).ids, []);
  assert.deepEqual((await page('created_to=2001-01-01T00:00:00%2B02:00')).ids, []);
  assert.equal((await api.call(`GET ${runs}?created_from=yesterday`, { key })).status, 422);
  assert.equal((await api.call(`GET ${runs}?status=DONE`, { key })).status, 422);
  assert.equal((await api.call(`GET ${runs}?cursor=bm9uc2Vuc2U`, { key })).status, 422);
});

test('cancel ends a waiting run at once; an ended one cannot be cancelled but restarted', async () => {
  const runId = await triggerRun();
  const early = await api.call(`POST ${runs}/${runId}/restart`, { key });
  assert.deepEqual([early.status, early.body.code], [409, 'run_active']);
  const cancelled = await api.call(`DELETE ${runs}/${runId}`, { key });
  assert.deepEqual([cancelled.status, cancelled.body.status], [200, 'CANCELLED']);

  const failed = await triggerRun();
  await endRun(await claim(failed));
  const late = await api.call(`DELETE ${runs}/${failed}`, { key });
  assert.deepEqual([late.status, late.body.code], [409, 'run_finished']);
  const again = await api.call(`POST ${runs}/${failed}/restart`, { key });
  assert.deepEqual([again.status, again.body.status], [202, 'PENDING']);
  assert.notEqual(again.body.pipeline_logging_id, failed);
});

test('a replay has the parameters of the old run or others, and says what it repeats', async () => {
  const made = await trigger({ parameters: { day: '2026-02-02' } });
  const runId = String(made.body.pipeline_logging_id);
  const headers = { 'idempotency-key': 'replay 1' };
  const replay = (body?: object) =>
    api.call(`POST ${runs}/${runId}/replay`, { key, headers, body });
  const { status, body } = await replay({ parameters: { limit: 3 } });
  assert.deepEqual([status, body.status], [202, 'PENDING']);
  assert.deepEqual((await replay({ parameters: { limit: 3 } })).body, body);
  assert.equal((await replay()).status, 409);
  const shown = await api.call(`GET ${runs}/${String(body.pipeline_logging_id)}`, { key });
  const { parameters, replay_of: replayOf, restart_of: restartOf } = shown.body;
  assert.deepEqual(
    { parameters, replayOf, restartOf },
    { parameters: { day: '2026-02-02', limit: 3 }, replayOf: runId, restartOf: null },
  );
  const wrong = await api.call(`POST ${runs}/${runId}/replay`, {
    key,
    body: { parameters: { dya: 1 } },
  });
  assert.deepEqual([wrong.status, wrong.body.code], [422, 'parameter_unknown']);
});

test('an ended run shows its steps, verdicts and log', async () => {
  const runId = await triggerRun();
  const claimed = await claim(runId);
  await queue.startStep(claimed, step);
  await endRun(claimed);
  const { body } = await api.call(`GET ${runs}/${runId}`, { key });
  const [shown] = body.steps as Record<string, unknown>[];
  const { started_at: _, finished_at: __, ...rest } = shown ?? {};
  const failure = { code: 'sql_invalid', kind: 'input', message: 'line 1: no such column' };
  assert.deepEqual([body.status, body.failure], ['FAILED', failure]);
  assert.deepEqual(rest, {
    ...step,
    status: 'FAILED',
    rows_in: 9,
    rows_loaded: 7,
    rows_quarantined: 2,
    rules_passed: 0,
    rules_failed: 1,
    failure,
  });
  const { body: dq } = await api.call(`GET ${runs}/${runId}/dq`, { key });
  const { ruleId, rowsTested, rowsFailed, ...rule } = RULE;
  const names = { rule_id: ruleId, rows_tested: rowsTested, rows_failed: rowsFailed };
  assert.deepEqual(dq, { results: [{ ...rule, ...names }] });

  const all = (await api.call(`GET ${runs}/${runId}/logs`, { key })).body;
  const events = all.events as { id: number; message: string }[];
  assert.ok(events.length >= 4);
  const start = (await api.call(`GET ${runs}/${runId}/logs?limit=2`, { key })).body;
  const rest2 = await api.call(`GET ${runs}/${runId}/logs?after=${String(start.after)}`, { key });
  assert.deepEqual(start.more, true);
  assert.deepEqual([...(start.events as []), ...(rest2.body.events as [])], events);
});

test('a follower reads the log as it is written, comes back where it was, and is told the end', async () => {
  const runId = await triggerRun();
  const address = await api.app.listen({ port: 0, host: '127.0.0.1' });
  const headers = { 'x-api-key': key, accept: 'text/event-stream' };
  const first = await fetch(`${address}${runs}/${runId}/logs`, { headers });
  assert.equal(first.headers.get('content-type'), 'text/event-stream');
  const reader = readLines(first);
  const seen = await reader.until((line) => line.startsWith('id: '));

  const claimed = await claim(runId);
  await reader.until((line) => line === 'event: state');
  queue.sendProgress(claimed, {
    step: 'build',
    kind: 'progress',
    level: 'info',
    message: '40 %',
    detail: {},
  });
  await reader.until((line) => line.includes('"message":"40 %"'));
  await reader.leave();

  await endRun(claimed);
  const lastId = seen.replace('id: ', '');
  const again = await fetch(`${address}${runs}/${runId}/logs`, {
    headers: { ...headers, 'last-event-id': lastId },
  });
  const text = await again.text();
  const ids = [...text.matchAll(/^id: (\d+)$/gm)].map(([, id]) => Number(id));
  assert.ok(ids.length >= 3 && ids.every((id) => id > Number(lastId)));
  assert.doesNotMatch(text, /40 %/);
  assert.ok(
    text.endsWith(`event: end\ndata: {"pipeline_logging_id":"${runId}","status":"FAILED"}\n\n`),
  );
  const bad = await fetch(`${address}${runs}/${runId}/logs`, {
    headers: { ...headers, 'last-event-id': 'x' },
  });
  assert.equal(bad.status, 422);
});

test('a stream ends without an end, soon after its key is revoked', async (t) => {
  const { body } = await api.admin('POST /api/v1/admin/api-keys', {
    tenant_id: 'acme_corp',
    description: 'a follower',
  });
  const runId = await triggerRun();
  const app = await buildApp(api.deps);
  t.after(() => app.close());
  const address = await app.listen({ port: 0, host: '127.0.0.1' });
  const headers = { 'x-api-key': String(body.api_key), accept: 'text/event-stream' };
  const reader = readLines(await fetch(`${address}${runs}/${runId}/logs`, { headers }));
  await reader.until((line) => line === 'event: state');
  const revokedAtMs = Date.now();
  await api.admin(`DELETE /api/v1/admin/api-keys/${String(body.hash)}`);
  assert.doesNotMatch(await reader.rest(), /event: end/);
  assert.ok(Date.now() - revokedAtMs < 2_000);
  assert.equal((await fetch(`${address}${runs}/${runId}/logs`, { headers })).status, 401);
});

test('closing the server ends streams without an end, so that followers come back', async () => {
  const app = await buildApp(api.deps);
  const runId = await triggerRun();
  const address = await app.listen({ port: 0, host: '127.0.0.1' });
  const headers = { 'x-api-key': key, accept: 'text/event-stream' };
  const stream = await fetch(`${address}${runs}/${runId}/logs`, { headers });
  const reader = readLines(stream);
  await reader.until((line) => line === 'event: state');
  const [rest] = await Promise.all([reader.rest(), app.close()]);
  assert.doesNotMatch(rest, /event: end/);
});

/** A response read line by line. */
function readLines(response: Response) {
  assert.ok(response.body);
  const chunks = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  const more = async () => {
    const { done, value } = await chunks.read();
    text += value ?? '';
    return !done;
  };
  return {
    /** The first line, from where reading stands, that fits. */
    async until(fits: (line: string) => boolean): Promise<string> {
      for (;;) {
        const end = text.indexOf('\n');
        if (end < 0) {
          if (!(await more())) throw fail('source_incomplete', 'the stream ended before');
          continue;
        }
        const line = text.slice(0, end);
        text = text.slice(end + 1);
        if (fits(line)) return line;
      }
    },
    async rest(): Promise<string> {
      while (await more());
      return text;
    },
    leave: () => chunks.cancel(),
  };
}
