import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { createMetrics } from './metrics.ts';

const createdAt = new Date('2026-01-01T00:00:00Z');
const run = { attempt: 1, createdAt };
const step = {
  name: 'load',
  type: 'ingest',
  status: 'COMPLETE',
  attempt: 1,
  startedAt: createdAt,
  finishedAt: new Date('2026-01-01T00:00:20Z'),
  rowsIn: 5,
  rowsLoaded: 3,
  rowsQuarantined: 2,
  rulesPassed: 4,
  rulesFailed: 1,
  failure: null,
} as const;
const load = {
  queues: [{ queue: 'pipeline', depth: 7, oldestSeconds: 1.5 }],
  runs: { PENDING: 7, RUNNING: 1, COMPLETE: 0, FAILED: 0, CANCELLED: 0 },
  quotaUse: [{ quota: 'rows_per_day', use: 'from_80', tenants: 3 }],
  events: { unrouted: 2, deliveriesWaiting: 9, oldestSeconds: 61.5 },
} as const;

async function busyMetrics() {
  const metrics = createMetrics();
  metrics.requests.answered({ method: 'GET', route: '/a/:id', status: 404, seconds: 0.02 });
  metrics.runs.taken(run, new Date('2026-01-01T00:00:03Z'));
  metrics.runs.taken({ ...run, attempt: 2 }, new Date('2026-01-01T01:00:00Z'));
  metrics.runs.stepEnded(step);
  metrics.runs.runEnded('COMPLETE');
  metrics.runs.staged(1_000);
  metrics.runs.leaseLost();
  return { metrics, text: await metrics.read(load) };
}

test('what was done is counted', async () => {
  const { text } = await busyMetrics();
  const lines = text.split('\n').filter((line) => line.startsWith('convergence_'));
  const shown = lines.filter((line) => !/_bucket|_sum/.test(line));
  assert.deepEqual(shown, [
    'convergence_http_requests_total{method="GET",route="/a/:id",status="4xx"} 1',
    'convergence_http_request_duration_seconds_count{method="GET",route="/a/:id"} 1',
    'convergence_run_wait_seconds_count 1',
    'convergence_runs_ended_total{status="COMPLETE"} 1',
    'convergence_extracted_bytes_total 1000',
    'convergence_leases_lost_total 1',
    'convergence_step_duration_seconds_count{type="ingest",status="COMPLETE"} 1',
    'convergence_rows_total{outcome="read"} 5',
    'convergence_rows_total{outcome="loaded"} 3',
    'convergence_rows_total{outcome="quarantined"} 2',
    'convergence_rules_total{verdict="passed"} 4',
    'convergence_rules_total{verdict="failed"} 1',
    'convergence_queue_depth{queue="pipeline"} 7',
    'convergence_queue_oldest_seconds{queue="pipeline"} 1.5',
    'convergence_runs{status="PENDING"} 7',
    'convergence_runs{status="RUNNING"} 1',
    'convergence_runs{status="COMPLETE"} 0',
    'convergence_runs{status="FAILED"} 0',
    'convergence_runs{status="CANCELLED"} 0',
    'convergence_tenants_by_quota_use{quota="rows_per_day",use="from_80"} 3',
    'convergence_events_unrouted 2',
    'convergence_event_deliveries_waiting 9',
    'convergence_event_oldest_seconds 61.5',
  ]);
});

/** What `promtool check metrics` asks of names, for machines without it. */
function findMisnamed(text: string): string[] {
  const types = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)];
  return types.flatMap(([, name = '', type]) => {
    const isTotal = name.endsWith('_total');
    const helped = new RegExp(`^# HELP ${name} \\S`, 'm').test(text);
    const wellNamed = /^[a-z][a-z0-9_]*$/.test(name) && !/_(ms|milliseconds|kb|mb)\b/.test(name);
    return helped && wellNamed && isTotal === (type === 'counter') ? [] : [name];
  });
}

test('every metric is named as Prometheus asks', async (t) => {
  const { text } = await busyMetrics();
  assert.deepEqual(findMisnamed(text), []);
  assert.deepEqual(findMisnamed('# HELP a_ms x\n# TYPE a_ms gauge\n# TYPE b counter'), [
    'a_ms',
    'b',
  ]);
  const linted = spawnSync('promtool', ['check', 'metrics'], { input: text, encoding: 'utf8' });
  if (linted.error)
    return t.diagnostic('promtool is not installed here: its own check was left out');
  assert.deepEqual([linted.status, linted.stderr], [0, '']);
});
