import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JudgePolicy } from '../../service/rollout-spec.ts';
import type { Tick } from '../tick.ts';
import { failing, healthy } from '../simulate/fault.ts';
import { seededRandom } from '../simulate/random.ts';
import type { Scenario } from '../simulate/scenario.ts';
import { TickSimulator } from '../simulate/simulate-ticks.ts';
import { replay } from './replay.ts';

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
const THRESHOLDS: JudgePolicy = {
  kind: 'thresholds',
  errorRate: 0.01,
  p95Ms: null,
  p99Ms: null,
  minRequests: 100,
  maxErrors: null,
  tickMs: 60_000,
};

const ticksOf = (scenario: Scenario): Tick[] => [
  ...new TickSimulator(scenario).run(seededRandom(3)),
];
const usual = healthy({ requestsPerSecond: 20, errorRate: 0.02, minutes: 5 });
const step = { traffic: 10, maxErrors: null };

test('recorded ticks are judged again under another policy', () => {
  const recording = { before: [], steps: [{ ...step, ticks: ticksOf(usual) }], plannedTicks: 60 };
  const asRecorded = replay(recording, SEQUENTIAL);
  assert.deepEqual([asRecorded.step, asRecorded.verdict.kind], [0, 'PASS']);
  // A service that always failed in 2 % of requests breaks a limit of 1 %.
  const stricter = replay(recording, THRESHOLDS);
  assert.deepEqual([stricter.step, stricter.verdict.kind], [0, 'FAIL']);
});

test('the step that fails ends it, and says when', () => {
  const bad = ticksOf(failing(usual, 0.3));
  const good = { ...step, ticks: ticksOf(usual) };
  const steps = [good, { ...step, ticks: bad }, good];
  const {
    step: failed,
    seconds,
    verdict,
  } = replay({ before: [], steps, plannedTicks: 180 }, SEQUENTIAL);
  assert.deepEqual([failed, verdict.kind], [1, 'FAIL']);
  assert.ok(seconds <= 30, `${seconds}`);
});

test('nothing recorded is not decided', () => {
  const { step: none, verdict } = replay({ before: [], steps: [], plannedTicks: 0 }, SEQUENTIAL);
  assert.deepEqual([none, verdict.kind], [null, 'UNDECIDED']);
});
