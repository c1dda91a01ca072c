import assert from 'node:assert/strict';
import { test } from 'node:test';
import { listingPrefix, matchesPattern } from './object-pattern.ts';

test('only what a pattern can match is listed', () => {
  const prefixes = [
    'gs://b/a/*.csv',
    'gs://b/a/b.csv',
    's3://b/a/{x,y}/z',
    'gs://b/?',
    'gs://b/**',
  ];
  assert.deepEqual(prefixes.map(listingPrefix), [
    'gs://b/a/',
    'gs://b/a/b.csv',
    's3://b/a/',
    'gs://b/',
    'gs://b/',
  ]);
});

test('globs match within a folder, and two stars through folders', () => {
  const uris = ['a.csv', 'x/a.csv', 'x/y/a.csv', 'x/[1].csv', 'x/', 'x/a.json'].map(
    (key) => `gs://b/${key}`,
  );
  const matching = (pattern: string) =>
    uris
      .filter((uri) => matchesPattern({ uri, version: '1', sizeBytes: 0 }, `gs://b/${pattern}`))
      .map((uri) => uri.slice('gs://b/'.length));
  assert.deepEqual(matching('*.csv'), ['a.csv']);
  assert.deepEqual(matching('x/*'), ['x/a.csv', 'x/[1].csv', 'x/a.json']);
  assert.deepEqual(matching('**/*.csv'), ['a.csv', 'x/a.csv', 'x/y/a.csv', 'x/[1].csv']);
  assert.deepEqual(matching('x/[1].csv'), ['x/[1].csv']);
  assert.deepEqual(matching('x/a.{csv,json}'), ['x/a.csv', 'x/a.json']);
});
