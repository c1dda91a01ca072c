import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadTenantConfig } from '../load-tenant-config.ts';
import { formatProblem } from 'base/document/problem.ts';

const pipeline = `pipeline_id: p
schedule: { cron: "0 6 * * *", timezone: Europe/Belin }
steps:
  - { name: a, type: dq, checks: checks/absent.yml }
  - { name: b, type: ingest, source_config: sources/absent.yml, depends_on: [a, c] }
  - { name: c, type: transform, transforms: "x/*.sql", depends_on: [b, zzz] }
`;

function problemsOf(text: string): string[] {
  return loadTenantConfig(new Map([['pipelines/p.yml', text]])).problems.map(formatProblem);
}

test('an unknown key anywhere adds its own problem and hides none', () => {
  const before = problemsOf(pipeline);
  assert.equal(before.length, 6);
  const ends = [...pipeline.matchAll(/ \}$/gm)].map((match) => match.index);
  for (const end of ends) {
    const after = problemsOf(`${pipeline.slice(0, end)}, nonsense: 1${pipeline.slice(end)}`);
    assert.deepEqual(
      after.filter((problem) => !problem.includes("'nonsense' is not a known key")),
      before,
    );
    assert.equal(after.length, 7);
  }
});

test('a wrong value takes its list item along, and the places of the others stay', () => {
  const broken = pipeline.replace('name: a, type: dq', 'name: a, type: xx');
  const kept = problemsOf(pipeline).filter((problem) => !problem.startsWith('pipelines/p.yml:4:'));
  assert.deepEqual(
    problemsOf(broken).filter((problem) => !problem.startsWith('pipelines/p.yml:4:')),
    kept,
  );
});
