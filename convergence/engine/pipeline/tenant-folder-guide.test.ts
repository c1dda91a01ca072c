import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { test } from 'node:test';
import { loadTenantConfig } from './load-tenant-config.ts';
import { formatProblem } from 'base/document/problem.ts';

const root = join(import.meta.dirname, '../../..');
const guide = readFileSync(join(root, 'docs/guides/tenant-folder.md'), 'utf8');
const examples = new Map(
  [...guide.matchAll(/^`(\w+\/\w+\.\w+)`\n\n```\w+\n(.*?)```$/gms)].map(
    ([, path = '', text = '']) => [path, text],
  ),
);

test('the examples of the guide load together, without a problem', () => {
  const config = loadTenantConfig(examples, ['blog_token']);
  assert.deepEqual(config.problems.map(formatProblem), []);
  assert.deepEqual(
    [...examples.keys()],
    [
      'pipelines/posts.yml',
      'sources/blog.yml',
      'schemas/posts.yml',
      'checks/posts.yml',
      'transforms/top_posts.sql',
    ],
  );
});

test('the first line of each example leads to its schema', () => {
  for (const [path, text] of examples) {
    if (path.endsWith('.sql')) continue;
    const [, schema = ''] = /^# yaml-language-server: \$schema=(\S+)\n/.exec(text) ?? [];
    const place = posix.join('configs/acme_corp', posix.dirname(path), schema);
    assert.ok(existsSync(join(root, place)), `${path}: ${place}`);
  }
});

test('the mistake that the guide shows is reported in these words', () => {
  const pipeline = examples.get('pipelines/posts.yml') ?? '';
  const broken = new Map(examples).set(
    'pipelines/posts.yml',
    pipeline.replace('type: dq', 'type: dqq'),
  );
  const [problem] = loadTenantConfig(broken, ['blog_token']).problems;
  assert.ok(
    problem && guide.includes(`\n${formatProblem(problem)}\n`),
    problem && formatProblem(problem),
  );
});
