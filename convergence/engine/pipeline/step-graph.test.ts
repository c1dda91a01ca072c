import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pipelineSpec } from './spec/pipeline-spec.ts';
import { evaluateWhen, readySteps, stepGraph } from './step-graph.ts';
import type { StepState } from './step-graph.ts';

function next(steps: Record<string, object>, states: Record<string, StepState>) {
  const { steps: parsed } = pipelineSpec.parse({
    pipeline_id: 'p',
    steps: Object.entries(steps).map(([name, more]) => ({
      name,
      type: 'dq',
      checks: 'c',
      ...more,
    })),
  });
  return readySteps(stepGraph(parsed), new Map(Object.entries(states)));
}

const diamond = {
  a: {},
  b: { depends_on: ['a'] },
  c: { depends_on: ['a'], on_failure: 'continue' },
  d: { depends_on: ['b', 'c'] },
  e: { depends_on: [] },
};

test('a step waits for those that it depends on, or for the one before it', () => {
  assert.deepEqual(next({ a: {}, b: {}, c: {} }, {}), { ready: ['a'], skipped: [] });
  assert.deepEqual(next({ a: {}, b: {}, c: {} }, { a: 'COMPLETE' }), { ready: ['b'], skipped: [] });
  assert.deepEqual(next(diamond, {}), { ready: ['a', 'e'], skipped: [] });
  assert.deepEqual(next(diamond, { a: 'COMPLETE', e: 'RUNNING' }), {
    ready: ['b', 'c'],
    skipped: [],
  });
  assert.deepEqual(next(diamond, { a: 'COMPLETE', b: 'COMPLETE', c: 'RUNNING', e: 'COMPLETE' }), {
    ready: [],
    skipped: [],
  });
});

test('a failure stops what has not begun, unless the step says continue', () => {
  assert.deepEqual(next(diamond, { a: 'FAILED', e: 'RUNNING' }), {
    ready: [],
    skipped: ['b', 'c', 'd'],
  });
  const rest: Record<string, StepState> = { a: 'COMPLETE', b: 'SKIPPED', e: 'COMPLETE' };
  assert.deepEqual(next(diamond, { ...rest, c: 'FAILED' }), { ready: ['d'], skipped: [] });
  assert.deepEqual(next(diamond, { ...rest, c: 'CANCELLED' }), { ready: [], skipped: ['d'] });
});

test('when', () => {
  const truths = ['yes', 'true', '1', "a == 'a'", 'a==a', 'a != b', "'' == ", 'x = 1'];
  const lies = ['', ' ', 'false', 'FALSE', '0', 'no', 'null', "''", 'a == b', 'a != a', '"a" != a'];
  assert.deepEqual(
    truths.filter((text) => !evaluateWhen(text)),
    [],
  );
  assert.deepEqual(
    lies.filter((text) => evaluateWhen(text)),
    [],
  );
});
