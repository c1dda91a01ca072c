import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkDependencyList } from './check-dependency-list.ts';
import { withPlantedTree } from './planted-tree.fake.ts';
import { formatViolation } from './violation.ts';

test('each dependency needs a row, and each row a dependency', () => {
  const files = {
    'package.json': '{ "name": "root", "devDependencies": { "@types/a": "1.0.0" } }',
    'base/package.json': '{ "name": "base", "dependencies": { "a": "1.0.0", "b": "1.0.0" } }',
    'x/package.json': '{ "name": "x", "dependencies": { "base": "1.0.0" } }',
    'docs/dependencies.md': [
      '| Package | What for |',
      '|---|---|',
      '| `a`, `@types/a` | reads `b` |',
      '| `gone` | nothing |',
    ].join('\n'),
  };
  assert.deepEqual(
    withPlantedTree(files, (root) => checkDependencyList(root).map(formatViolation)),
    [
      'error  base/package.json  b has no row in docs/dependencies.md  [dependency-listed]',
      'error  docs/dependencies.md:4  gone is no dependency any more  [dependency-listed]',
    ],
  );
});
