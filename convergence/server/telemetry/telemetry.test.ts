import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { CliProcess } from '../../cli/cli-process.fake.ts';
import { openTestDatabase } from '../../testing/postgres.ts';
import type { TestDatabase } from '../../testing/postgres.ts';
import { openTraceCollector } from './trace-collector.fake.ts';
import type { CollectedSpan, TraceCollector } from './trace-collector.fake.ts';

type Line = Readonly<Record<string, unknown>>;

const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';
const CALLER = '00f067aa0ba902b7';
const ADMIN_KEY = 'the-admin-key-of-this-test-0123456789';
const folder = mkdtempSync(join(tmpdir(), 'convergence-telemetry-'));
let database: TestDatabase;
let collector: TraceCollector;
let runId = '';
let metrics = '';
const lines: Record<'api' | 'worker', Line[]> = { api: [], worker: [] };

/** One run, asked of an API process and carried out by a worker process; both end. */
before(async () => {
  [database, collector] = await Promise.all([openTestDatabase(), openTraceCollector()]);
  mkdirSync(join(folder, 'configs'));
  const env = {
    API_PORT: '0',
    METRICS_PORT: '0',
    ACCESS_LOG: 'true',
    LOG_LEVEL: 'debug',
    ADMIN_API_KEY: ADMIN_KEY,
    CONFIG_DIR: join(folder, 'configs'),
    DATA_DIR: join(folder, 'data'),
    DATABASE_URL: database.url,
    GCP_PROJECT_ID: 'a-project',
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
  };
  const api = await startProcess('api', env);
  const worker = await startProcess('worker', env);
  await useApi(api.url);
  metrics = await (await fetch(`${worker.metrics_url}/metrics`)).text();
  lines.worker = await stop(worker.process);
  await backFill(api.url);
  lines.api = await stop(api.process);
});

/** What it has logged. */
async function stop({ child, ended }: CliProcess): Promise<Line[]> {
  child.kill('SIGTERM');
  const { code, stdout } = await ended;
  assert.equal(code, 0);
  const [, ...logged] = stdout.trimEnd().split('\n');
  return logged.map((line) => JSON.parse(line) as Line);
}

async function backFill(url: string): Promise<void> {
  const answer = await fetch(`${url}/api/v1/pipelines/orders/backfill`, {
    method: 'POST',
    headers: {
      'x-admin-key': ADMIN_KEY,
      'x-tenant-id': 'acme_corp',
      'content-type': 'application/json',
    },
    body: JSON.stringify({ from: '2026-03-01', to: '2026-03-04' }),
  });
  assert.equal(answer.status, 202);
}

after(async () => {
  collector.close();
  await database.drop();
  rmSync(folder, { recursive: true, force: true });
});

async function startProcess(role: string, env: Record<string, string>) {
  const process = new CliProcess([role, '--json'], { folder, env });
  await process.sees(/"pid"/);
  const [line = ''] = process
    .seen()
    .split('\n')
    .filter((each) => each.includes('"pid"'));
  return { process, ...(JSON.parse(line) as { url: string; metrics_url: string }) };
}

async function useApi(url: string): Promise<void> {
  const call = async (path: string, method = 'GET', body?: object) => {
    const headers = {
      'x-admin-key': ADMIN_KEY,
      'x-tenant-id': 'acme_corp',
      ...(body && { 'content-type': 'application/json' }),
      ...(path.includes('/run/') && {
        'x-cloud-trace-context': `${TRACE_ID}/${BigInt(`0x${CALLER}`)};o=1`,
      }),
    };
    const response = await fetch(url + path, {
      method,
      headers,
      ...(body && { body: JSON.stringify(body) }),
    });
    return { status: response.status, body: await response.text() };
  };
  await call('/api/v1/tenants/onboard', 'POST', { tenant_id: 'acme_corp' });
  const { body } = await call('/api/v1/pipelines/run/orders?token=hunter2', 'POST', {});
  ({ pipeline_logging_id: runId } = JSON.parse(body) as { pipeline_logging_id: string });
  // The stream of the log ends with the run.
  const headers = {
    accept: 'text/event-stream',
    'x-admin-key': ADMIN_KEY,
    'x-tenant-id': 'acme_corp',
  };
  await (await fetch(`${url}/api/v1/pipelines/runs/${runId}/logs`, { headers })).text();
  const sql = "SELECT count(*) AS n FROM orders WHERE 'hunter2' <> ''";
  assert.equal((await call('/api/v1/query', 'POST', { sql })).status, 200);
}

test('every line that API and worker print is one that Cloud Logging reads', () => {
  const all = [...lines.api, ...lines.worker];
  assert.ok(lines.api.length >= 4);
  for (const line of all) {
    assert.match(String(line.severity), /^(?:DEBUG|INFO|WARNING|ERROR)$/);
    assert.match(String(line.time), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    assert.equal(typeof line.message, 'string');
  }
  assert.doesNotMatch(JSON.stringify(all), /hunter2/);
});

test('the line of a request has its trace, its tenant and what was answered', () => {
  const line = lines.api.find(({ route }) => String(route).startsWith('/api/v1/pipelines/run/:'));
  const {
    httpRequest,
    time: _,
    request_id: __,
    'logging.googleapis.com/spanId': span,
    ...rest
  } = line ?? {};
  assert.deepEqual(rest, {
    severity: 'INFO',
    message: 'a request was answered',
    tenant_id: 'acme_corp',
    route: '/api/v1/pipelines/run/:pipeline_id',
    'logging.googleapis.com/trace': `projects/a-project/traces/${TRACE_ID}`,
    'logging.googleapis.com/trace_sampled': true,
    'logging.googleapis.com/labels': { tenant_id: 'acme_corp' },
  });
  assert.equal(span, find('POST /api/v1/pipelines/run/:pipeline_id').spanId);
  const { latency, userAgent, responseSize, ...request } = httpRequest as Line;
  assert.match(String(latency), /^\d+\.\d{6}s$/);
  assert.deepEqual([typeof userAgent, typeof responseSize], ['string', 'string']);
  assert.deepEqual(request, {
    requestMethod: 'POST',
    requestUrl: '/api/v1/pipelines/run/orders',
    status: 202,
    remoteIp: '127.0.0.1',
    protocol: 'HTTP/1.1',
  });
});

function find(name: string): CollectedSpan {
  const found = collector.spans.filter((span) => span.traceId === TRACE_ID && span.name === name);
  assert.ok(found[0], `${name} among ${collector.spans.map((span) => span.name).join(', ')}`);
  return found[0];
}

test('one trace leads from the request through the queue to each step and its statements', () => {
  const spans = collector.spans.filter(({ traceId }) => traceId === TRACE_ID);
  const names = new Map(spans.map(({ spanId, name }) => [spanId, name]));
  const edges = spans.map(
    ({ name, parentSpanId = '' }) => `${names.get(parentSpanId) ?? parentSpanId} > ${name}`,
  );
  assert.deepEqual(
    [...new Set(edges)].toSorted(),
    [
      `${CALLER} > POST /api/v1/pipelines/run/:pipeline_id`,
      'POST /api/v1/pipelines/run/:pipeline_id > admission',
      'admission > run',
      'admission > wait in queue',
      'run > step ingest',
      'run > step transform',
      'step ingest > extract file',
      'step ingest > measure rules',
      'step ingest > publish rows',
      'step ingest > stage rows',
      'step transform > build model',
    ].toSorted(),
  );
});

test('a backfill is admitted in a span of its request', () => {
  const { spans } = collector;
  const request = spans.find(({ name }) => name.endsWith('/backfill'));
  const children = spans.filter(({ parentSpanId }) => parentSpanId === request?.spanId);
  assert.deepEqual(
    children.map(({ name }) => name),
    ['admission'],
  );
});

test('spans tell tenant, pipeline, run and rows, and no data', () => {
  const { attributes } = find('step ingest');
  assert.deepEqual(attributes, {
    'convergence.tenant_id': 'acme_corp',
    'convergence.pipeline_id': 'orders',
    'convergence.run_id': runId,
    'convergence.step': 'load_orders',
    'convergence.step_type': 'ingest',
    'convergence.status': 'COMPLETE',
    'convergence.attempt': 1,
    'convergence.rows_in': 5,
    'convergence.rows_loaded': 3,
    'convergence.rows_quarantined': 2,
  });
  const query = collector.spans.find(({ name }) => name === 'query');
  assert.deepEqual(query?.attributes, { 'convergence.tenant_id': 'acme_corp' });
  assert.doesNotMatch(JSON.stringify(collector.spans), /hunter2|SELECT/);
  assert.equal(
    collector.spans.some(({ failed }) => failed),
    false,
  );
});

test('the worker tells at METRICS_PORT what it did', () => {
  const value = (series: string) =>
    metrics.split('\n').find((line) => line.startsWith(`${series} `));
  assert.equal(
    value('convergence_runs_ended_total{status="COMPLETE"}'),
    'convergence_runs_ended_total{status="COMPLETE"} 1',
  );
  assert.equal(value('convergence_rows_total{outcome="loaded"}')?.split(' ')[1] !== '0', true);
  assert.equal(value('convergence_run_wait_seconds_count'), 'convergence_run_wait_seconds_count 1');
  assert.equal(value('convergence_queue_depth{queue="pipeline"}'), undefined);
});
