import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NOTHING_DONE } from '../run/run.ts';
import type { RuleResult, Run, StepRecord } from '../run/run.ts';
import { composeNotice } from './notice.ts';

const at = new Date('2026-03-01T12:00:00.000Z');
const failure = { code: 'dq_failed', kind: 'input', message: 'orders breaks 1 rule' } as const;
const run = {
  runId: 'a-run',
  tenantId: 'acme',
  pipelineId: 'orders',
  triggerBy: 'schedule',
  status: 'FAILED',
  parameters: {},
  attempt: 1,
  createdAt: at,
  startedAt: at,
  finishedAt: at,
  failure: { ...failure, hint: 'Mend the rows.' },
} as unknown as Run;
const step: StepRecord = {
  ...NOTHING_DONE,
  name: 'verify',
  type: 'dq',
  status: 'FAILED',
  attempt: 1,
  startedAt: at,
  failure,
};
const result: RuleResult = {
  step: 'verify',
  table: 'orders',
  ruleId: 'id_known',
  rule: 'not_be_null',
  severity: 'error',
  passed: false,
  observed: null,
  rowsTested: 100,
  rowsFailed: 3,
  samples: [],
  problem: null,
};

test('a failure is told with its reason, its rules, its run and where to look', () => {
  const facts = { run: { ...run, steps: [step] }, results: [result], link: 'https://x/run' };
  assert.deepEqual(composeNotice(facts), {
    subject: '[acme] orders FAILED: dq_failed',
    lines: [
      'Step verify: orders breaks 1 rule',
      'Mend the rows.',
      'Data quality rules that failed:',
      '- orders: id_known (error): 3 of 100 rows',
      'Run a-run, asked for by schedule at 2026-03-01 12:00 UTC.',
      'https://x/run',
    ],
  });
});

test('many rules are told in part, long and broken lines as one that is short', () => {
  const long = { ...failure, message: `first\nsecond ${'x'.repeat(600)}` };
  const facts = { run: { ...run, failure: long, steps: [] }, link: null };
  const { lines } = composeNotice({ ...facts, results: Array.from({ length: 12 }, () => result) });
  assert.match(lines[0] ?? '', /^first second x{486}…$/);
  assert.equal(lines.at(-2), '- and 2 more');
  assert.equal(lines.length, 14);
});

test('a success after failures is told as that', () => {
  const complete = { ...run, status: 'COMPLETE', failure: null, steps: [] } as const;
  assert.deepEqual(composeNotice({ run: complete, results: [], link: null }), {
    subject: '[acme] orders works again',
    lines: [
      'The run before had failed; this one is complete.',
      'Run a-run, asked for by schedule at 2026-03-01 12:00 UTC.',
    ],
  });
});
