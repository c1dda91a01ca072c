import assert from 'node:assert/strict';
import { test } from 'node:test';
import { detectableWith, powerOfErrors } from './detectable.ts';
import { expectTraffic } from './expect-traffic.ts';
import type { JudgePolicy } from '../../service/rollout-spec.ts';
import { failing, healthy, slower, usualLatency } from '../simulate/fault.ts';
import { runJudge } from '../simulate/run-canary.ts';
import { summarizeRuns } from '../simulate/summarize-runs.ts';

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
const STEP = { traffic: 10, durationMs: 900_000 };

const traffic = (requestsPerSecond: number, errorRate: number) =>
  expectTraffic({ requestsPerSecond, errorRate, latency: usualLatency() }, STEP);

test('a fault that is said to be detectable is found in at least about 80 % of simulated canaries', () => {
  const { errorsTimes, latencyTimes } = detectableWith(traffic(20, 0.02), SEQUENTIAL);
  const usual = healthy({ requestsPerSecond: 20, errorRate: 0.02 });
  const options = { runs: 100, seed: 7 };
  const [errors = 0, latency = 0] = [
    failing(usual, 0.02 * (errorsTimes ?? NaN)),
    slower(usual, latencyTimes ?? NaN),
  ].map((scenario) => summarizeRuns(runJudge(scenario, SEQUENTIAL, options)).rolledBack);
  assert.ok(errors >= 0.7 && errors <= 0.97, `errors were found in ${errors}`);
  // More: what is said counts on one quantile, and the judge adds up what five of them show.
  assert.ok(latency >= 0.7, `latency was found in ${latency}`);
});

test('more traffic shows milder faults', () => {
  const [little, some, much] = [2, 20, 200].map((requestsPerSecond) =>
    detectableWith(traffic(requestsPerSecond, 0.005), SEQUENTIAL),
  );
  assert.deepEqual(
    [little?.canaryRequests, some?.canaryRequests, much?.canaryRequests],
    [180, 1_800, 18_000],
  );
  assert.ok((little?.errorsTimes ?? 0) > 2 * (some?.errorsTimes ?? 0));
  assert.ok((some?.errorsTimes ?? 0) > 1.5 * (much?.errorsTimes ?? 0));
  assert.ok((little?.latencyTimes ?? 0) > (some?.latencyTimes ?? 0));
});

test('five times 0.5 % cannot be seen at 2 requests/s, and it is said so', () => {
  const little = traffic(2, 0.005);
  assert.ok((detectableWith(little, SEQUENTIAL).errorsTimes ?? 0) > 5);
  assert.ok(powerOfErrors(little, 0.025, SEQUENTIAL) < 0.24);
});

test('an outage shows after some dozens of requests', () => {
  const { outageRequests } = detectableWith(traffic(20, 0.005), SEQUENTIAL);
  assert.ok(outageRequests && outageRequests > 20 && outageRequests < 60, `${outageRequests}`);
});

test('without traffic nothing is detectable, however bad', () => {
  assert.deepEqual(detectableWith(traffic(0.001, 0.005), SEQUENTIAL), {
    canaryRequests: 0,
    errorsTimes: null,
    latencyTimes: null,
    outageRequests: null,
  });
});

test('a service that never fails is taken to fail in one of a thousand requests', () => {
  const { errorsTimes } = detectableWith(traffic(20, 0), SEQUENTIAL);
  assert.ok(errorsTimes !== null && errorsTimes > 2 && errorsTimes < 5, `${errorsTimes}`);
});

test('limits find what lies above them', () => {
  const policy: JudgePolicy = {
    kind: 'thresholds',
    errorRate: 0.05,
    p95Ms: 536,
    p99Ms: null,
    minRequests: 100,
    maxErrors: null,
    tickMs: 60_000,
  };
  const { errorsTimes, latencyTimes } = detectableWith(traffic(20, 0.005), policy);
  assert.ok(Math.abs((errorsTimes ?? 0) - 11) < 0.7, `${errorsTimes}`);
  // The usual p95 is 268 ms.
  assert.ok(Math.abs((latencyTimes ?? 0) - 2) < 0.1, `${latencyTimes}`);
  assert.equal(detectableWith(traffic(1, 0.005), policy).errorsTimes, null);
});
