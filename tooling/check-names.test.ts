import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkNames } from './check-names.ts';
import { withPlantedTree } from './planted-tree.fake.ts';

function told(paths: readonly string[]): string[] {
  const files = Object.fromEntries(paths.map((path) => [path, '']));
  return withPlantedTree(files, (root) =>
    checkNames(root).map(({ rule, file, message }) => `${rule} ${file}: ${message}`),
  );
}

const many = (count: number, name: (at: number) => string) =>
  Array.from({ length: count }, (_, at) => name(at));

test('names that say nothing are told, of files and of folders', () => {
  const message = 'name it for what it holds or does';
  const bad = ['base/utils.ts', 'base/string-helpers.ts', 'base/index.ts', 'base/index.test.ts'];
  const worse = ['base/types.ts', 'base/run-service.ts', 'base/pool-manager.ts'];
  assert.deepEqual(
    told([...bad, ...worse, 'base/common/x.ts']).toSorted(),
    [...bad, ...worse, 'base/common']
      .map((at) => `name-says-something ${at}: ${message}`)
      .toSorted(),
  );
  assert.deepEqual(told(['base/typescript.ts', 'a/service/b.ts', 'docs/index.html']), []);
});

test('the thirteenth entry of a folder is told; tests, own files and numbered lists are not counted', () => {
  const twelve = many(12, (at) => `base/a${at}.ts`);
  const free = ['base/README.md', 'base/package.json', 'base/a1.test.ts', 'base/a1.fake.ts'];
  const migrations = many(20, (at) => `db/migration/${1000 + at}-x.ts`);
  assert.deepEqual(told([...twelve, ...free, ...migrations]), []);
  assert.deepEqual(told([...twelve, 'base/room/x.ts']), [
    'folder-not-crowded base: has 13 entries, more than 12: a question about the design',
  ]);
  assert.deepEqual(told(many(13, (at) => `room${at}/x.ts`)), [
    'folder-not-crowded .: has 13 entries, more than 12: a question about the design',
  ]);
});

test('what tools and runs make is not looked at', () => {
  const made = ['node_modules/utils/index.js', '.convergence/misc/x.ts', 'configs/a/data/lib/x.ts'];
  assert.deepEqual(told(made), []);
});
