import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadTenantConfig } from './load-tenant-config.ts';
import { requirePipeline } from './tenant-config.ts';

const config = loadTenantConfig(
  new Map([
    [
      'pipelines/good.yml',
      'pipeline_id: good\nsteps: [{ name: x, type: dq, checks: checks/good.yml }]',
    ],
    ['pipelines/torn.yml', 'pipeline_id: torn\nsteps: 3'],
    [
      'pipelines/leaning.yml',
      'pipeline_id: leaning\nsteps: [{ name: x, type: dq, checks: checks/bad.yml }]',
    ],
    [
      'checks/good.yml',
      'table: a\nrules: [{ rule: expect_column_values_to_not_be_null, column: a }]',
    ],
    ['checks/bad.yml', 'table: a\nrules: [{ rule: match_regex, column: a, regex: "(" }]'],
  ]),
);

test('a pipeline that is whole, and leans on whole files only, may run', () => {
  assert.equal(requirePipeline(config, 'good').steps.length, 1);
});

test('one that may not run says why, and nothing of other files', () => {
  assert.throws(() => requirePipeline(config, 'torn'), {
    code: 'config_invalid',
    message:
      "one problem in the files of the tenant\npipelines/torn.yml:2:8: 'steps' is 3; expected a list",
  });
  assert.throws(() => requirePipeline(config, 'leaning'), {
    code: 'config_invalid',
    message:
      "one problem in the files of the tenant\nchecks/bad.yml:2:48: 'regex' cannot be compiled: unterminated group; expected a regular expression of RE2",
  });
  assert.throws(() => requirePipeline(config, 'god'), {
    code: 'pipeline_absent',
    message: "there is no pipeline 'god'",
    hint: "did you mean 'good'?",
  });
});
