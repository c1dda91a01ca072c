import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mergeParameters } from './merge-parameters.ts';
import type { Parameters } from './merge-parameters.ts';
import { pipelineSpec } from './spec/pipeline-spec.ts';

const pipeline = pipelineSpec.parse({
  pipeline_id: 'p',
  parameters: { since: '2024-01-01', limit: 10, full: false, region: null },
  steps: [{ name: 's', type: 'dq', checks: 'c' }],
});

test('what the trigger gives goes over the defaults, in their type', () => {
  assert.deepEqual(mergeParameters(pipeline, { region: 'eu' }), {
    since: '2024-01-01',
    limit: 10,
    full: false,
    region: 'eu',
  });
  assert.deepEqual(
    mergeParameters(pipeline, { region: 7, limit: '25', full: 'true', since: 2025 }),
    {
      since: '2025',
      limit: 25,
      full: true,
      region: 7,
    },
  );
});

const refused: [Parameters, string, string][] = [
  [{ region: 'eu', lmit: 1 }, 'parameter_unknown', "pipeline 'p' has no parameter 'lmit'"],
  [{ region: 'eu', toString: 1 }, 'parameter_unknown', "pipeline 'p' has no parameter 'toString'"],
  [{}, 'parameter_invalid', "pipeline 'p' needs the parameter 'region'"],
  [{ region: 'eu', limit: 'many' }, 'parameter_invalid', "parameter 'limit' is 'many'"],
  [{ region: 'eu', full: 'yes' }, 'parameter_invalid', "parameter 'full' is 'yes'"],
];
for (const [given, code, message] of refused) {
  test(`refused: ${message}`, () => {
    assert.throws(() => mergeParameters(pipeline, given), { code, message });
  });
}
