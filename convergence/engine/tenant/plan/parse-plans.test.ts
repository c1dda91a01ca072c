import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parsePlans, plansJsonSchema } from './parse-plans.ts';
import { DEFAULT_PLANS, planOf } from './plan.ts';

const reference = join(import.meta.dirname, '../../../../docs/reference');
const example = readFileSync(join(reference, 'plans.yml'), 'utf8');

test('docs/reference/plans.yml holds the default plans', () => {
  assert.deepEqual(parsePlans('plans.yml', example), DEFAULT_PLANS);
});

// After a change: node --test --test-update-snapshots convergence/engine/tenant/plan/parse-plans.test.ts
test('docs/reference/schemas/plans.schema.json says what a plan file may hold', (t) => {
  t.assert.fileSnapshot(plansJsonSchema(), join(reference, 'schemas/plans.schema.json'), {
    serializers: [(schema: unknown) => `${JSON.stringify(schema, null, 2)}\n`],
  });
});

function mistakesIn(text: string): string[] {
  let said = '';
  assert.throws(
    () => parsePlans('plans.yml', text),
    (error: Error & { code?: string }) => {
      said = error.message;
      return error.code === 'plans_invalid';
    },
  );
  return said.split('\n');
}

test('all mistakes are told at once, each at its place', () => {
  const broken = example
    .replace('runs_per_day: 50 ', 'runs_per_day: many ')
    .replace('    runs_per_month: 10000\n', '')
    .replace('concurrent_runs: 20', 'concurrent_runs: 0')
    .replace('max_memory: 4GB', 'max_memory: lots')
    .replace('max_temp: 500GB', 'max_tmp: 500GB');
  const keys =
    'runs_per_day, runs_per_month, concurrent_runs, rows_per_day, rows_per_month, bytes_per_day, ' +
    'bytes_per_month, sources, max_memory, max_temp, max_query_seconds, max_scan or max_result_rows';
  assert.deepEqual(mistakesIn(broken), [
    '6 problems in the plan file',
    "plans.yml:6:19: 'runs_per_day' is 'many'; expected a whole number, or unlimited",
    "plans.yml:20:3: 'runs_per_month' is missing; expected a number or text",
    "plans.yml:37:22: 'concurrent_runs' is 0; expected at least 1",
    "plans.yml:58:17: 'max_memory' is 'lots'; expected a size such as 500MB or 1.5TB",
    "plans.yml:49:3: 'max_temp' is missing; expected text",
    `plans.yml:59:5: 'max_tmp' is not a known key; expected ${keys}; did you mean 'max_temp'?`,
  ]);
  const [, named] = mistakesIn(example.replace('  scale:', '  Scale:'));
  const name = '2 to 40 of a-z, 0-9, _ and -, beginning with a letter';
  assert.equal(named, `plans.yml:35:3: 'Scale' cannot be a key here; expected ${name}`);
});

test('a file that is empty or no YAML says so', () => {
  const empty = 'plans.yml:1:1: the file is empty; expected a map';
  assert.deepEqual(mistakesIn(''), ['one problem in the plan file', empty]);
  assert.match(mistakesIn('plans: [').join(), /plans\.yml:1:8: broken YAML/);
});

test('an unknown plan is told with those there are', () => {
  assert.equal(planOf(DEFAULT_PLANS, 'scale'), DEFAULT_PLANS.scale);
  assert.throws(() => planOf(DEFAULT_PLANS, 'scael'), {
    code: 'plan_unknown',
    message: "There is no plan 'scael'; there are starter, professional, scale, enterprise.",
    hint: "did you mean 'scale'?",
  });
  assert.throws(() => planOf(DEFAULT_PLANS, 'constructor'), { code: 'plan_unknown' });
});
