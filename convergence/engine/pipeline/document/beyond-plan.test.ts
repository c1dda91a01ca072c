import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatProblem } from 'base/document/problem.ts';
import { loadTenantConfig } from '../load-tenant-config.ts';
import { findBeyondPlan } from './beyond-plan.ts';

const SOURCE = 'type: file\nresources:\n  - { name: rows, path: data/*.csv }\n';
const PIPELINE = `pipeline_id: p
concurrency:
  limit: 3
steps:
  - { name: s, type: ingest, source_config: sources/a.yml }
`;
const files = new Map([
  ['pipelines/p.yml', PIPELINE],
  ...['a', 'b', 'c'].map((name) => [`sources/${name}.yml`, SOURCE] as const),
]);

function find(sources: number | null, concurrentRuns: number | null) {
  const config = loadTenantConfig(files);
  assert.deepEqual(config.problems, []);
  const plan = { name: 'tiny', sources, concurrentRuns };
  const { problems, remarks } = findBeyondPlan(config, files, plan);
  return [problems.map(formatProblem), remarks.map(formatProblem)];
}

test('sources that are too many are a problem, a limit that the plan cuts is a remark', () => {
  assert.deepEqual(find(2, 2), [
    [
      "sources/c.yml:1:1: the plan 'tiny' allows 2 sources, and there are 3; " +
        'expected fewer sources, or a larger plan',
    ],
    [
      "pipelines/p.yml:3:10: the limit is 3, and the plan 'tiny' runs 2 at a time; " +
        'expected at most 2, or a larger plan',
    ],
  ]);
});

test('what the plan has room for, or does not limit, is neither', () => {
  assert.deepEqual(find(3, 3), [[], []]);
  assert.deepEqual(find(null, null), [[], []]);
});
