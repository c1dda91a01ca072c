import assert from 'node:assert/strict';
import { test } from 'node:test';
import { changedServices, matchesBranch } from './changed-services.ts';
import { loadRolloutFile } from './load-rollout-file.ts';

const { file } = loadRolloutFile(`services:
  - { name: api, paths: [api/**, 'shared/*.ts', Dockerfile] }
  - { name: worker, paths: worker/ }
  - { name: web }
command: [a]
environments: { local: { project: local } }
`);

const cases: [string[], string[]][] = [
  [['api/a/b.ts'], ['api', 'web']],
  [['shared/a.ts'], ['api', 'web']],
  [['shared/deep/a.ts', 'xshared/a.ts'], ['web']],
  [['Dockerfile'], ['api', 'web']],
  [['Dockerfile.old', 'worker2/a'], ['web']],
  [
    ['worker/x', 'api/y'],
    ['api', 'worker', 'web'],
  ],
  [[], []],
];
for (const [files, expected] of cases) {
  test(`${files.join(' and ') || 'nothing'} changed: ${expected.join(', ') || 'nothing'} is shipped`, () => {
    const changed = changedServices(file?.services ?? [], files);
    assert.deepEqual(
      changed.map(({ name }) => name),
      expected,
    );
  });
}

test('branches are matched as globs, and none given are all', () => {
  const globs = ['feature/*', 'main'];
  const branches = ['main', 'feature/a', 'feature/a/b', 'xmain', 'domain', 'feature'];
  assert.deepEqual(
    branches.filter((branch) => matchesBranch(globs, branch)),
    ['main', 'feature/a', 'feature/a/b'],
  );
  assert.equal(matchesBranch([], 'any'), true);
});
