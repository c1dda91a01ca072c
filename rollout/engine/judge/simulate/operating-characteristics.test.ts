import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JudgePolicy } from '../../service/rollout-spec.ts';
import { failing, healthy, slower, usualLatency, withCanary } from './fault.ts';
import { runJudge } from './run-canary.ts';
import type { Scenario } from './scenario.ts';
import { simulateTable } from './simulate-table.ts';
import { summarizeRuns } from './summarize-runs.ts';
import type { RunSummary } from './summarize-runs.ts';

/** A few canaries of each kind; `npm run bench -- judge` counts them by the thousand. */
const SEED = 11;
const SEQUENTIAL: JudgePolicy = {
  kind: 'sequential',
  alpha: 0.01,
  beta: 0.05,
  margin: 1,
  weights: { errors: 0.5, latency: 0.5 },
  metrics: {},
  soakMs: 300_000,
  tickMs: 5_000,
};

function summaryOf(scenario: Scenario, runs: number): RunSummary {
  return summarizeRuns(runJudge(scenario, SEQUENTIAL, { runs, seed: SEED }));
}

const at = (requestsPerSecond: number, errorRate: number) =>
  healthy({ requestsPerSecond, errorRate });

test('of 120 healthy canaries two at most are rolled back, whatever their traffic and errors', () => {
  const cells = [
    [2, 0.02],
    [20, 0.005],
    [200, 0.02],
  ] as const;
  const shares = cells.map(([perSecond, rate]) => summaryOf(at(perSecond, rate), 40).rolledBack);
  const canaries = shares.reduce((sum, share) => sum + share * 40, 0);
  assert.ok(canaries <= 2, shares.join(', '));
});

test('errors that come and go in both arms are not held against the canary', () => {
  const errorRate = (second: number) => (Math.floor(second / 30) % 2 === 1 ? 0.105 : 0.005);
  const usual = at(20, 0.005);
  const flapping = { ...usual, stable: { ...usual.stable, errorRate } };
  assert.equal(summaryOf(withCanary(flapping, { errorRate }), 40).rolledBack, 0);
});

test('a burst is not held against the canary where clients or instances are known', () => {
  const bursts = { perSecond: 0.1, meanErrors: 10, lastSeconds: 5, stableInstances: 9 };
  const rolledBack = (['clients', 'instances', 'nothing'] as const).map((known) => {
    const scenario = { ...at(100, 0.001), bursts: { ...bursts, known } };
    return summaryOf(scenario, 30).rolledBack;
  });
  assert.deepEqual(rolledBack.slice(0, 2), [0, 0]);
  // Without the guard: otherwise the scenario would show nothing.
  assert.ok((rolledBack[2] ?? 0) > 0.5, `${rolledBack[2]}`);
});

test('a cold start is not held against the canary', () => {
  const cold = withCanary(at(20, 0.005), {
    latency: (second) => usualLatency(1 + Math.max(0, 1 - second / 60)),
  });
  assert.equal(summaryOf(cold, 40).rolledBack, 0);
});

test('an outage is found by its first failures', () => {
  const outages = [2, 20].map((perSecond) => summaryOf(failing(at(perSecond, 0.005), 0.2), 60));
  assert.deepEqual(
    outages.map(({ rolledBack }) => rolledBack),
    [1, 1],
  );
  const [slow, fast] = outages.map(({ medianSeconds }) => medianSeconds ?? Infinity);
  assert.ok((slow ?? Infinity) <= 140 && (fast ?? Infinity) <= 15, `${slow} s, ${fast} s`);
  for (const { medianFailedRequests } of outages) assert.ok((medianFailedRequests ?? 9) <= 6);
});

test('a slower canary is found within about a minute of its warm-up', () => {
  const { rolledBack, medianSeconds } = summaryOf(slower(at(20, 0.005), 1.3), 40);
  assert.equal(rolledBack, 1);
  assert.ok((medianSeconds ?? Infinity) <= 60 + 75, `${medianSeconds}`);
});

test('a step with twice the errors is rarely left early', () => {
  assert.ok(summaryOf(failing(at(200, 0.02), 0.04), 40).couldEndEarly <= 0.05);
});

test('the same seed gives the same table', () => {
  const request = {
    requestsPerSecond: 5,
    errorRate: 0.01,
    traffic: 20,
    minutes: 3,
    policy: SEQUENTIAL,
    runs: 10,
    seed: 1,
  };
  const table = simulateTable(request);
  assert.deepEqual(simulateTable(request), table);
  assert.deepEqual(
    table.map(({ fault }) => fault),
    [
      'nothing wrong',
      'errors x2',
      'errors x5',
      'errors x5 from half time',
      '20 % errors',
      'latency x1.1',
      'latency x1.3',
      'latency x2',
    ],
  );
});
