import assert from 'node:assert/strict';
import { test } from 'node:test';
import { explainRegex } from './explain-regex.ts';

test('what RE2 takes is fine, also where JavaScript does not', () => {
  const patterns = [
    '^a+$',
    '(?i)abc',
    '(?P<year>\\d{4})',
    '[[:alpha:]]+',
    '\\Q(\\E',
    '(?s:.)',
    '\\pN',
    '\\\\1',
    '',
  ];
  assert.deepEqual(
    patterns.map(explainRegex),
    patterns.map(() => null),
  );
});

test('what RE2 refuses is told', () => {
  assert.deepEqual(['(', 'a(?=b)', '(?<!a)b', '(a)\\1', '[z-a]', '*'].map(explainRegex), [
    'cannot be compiled: unterminated group',
    'looks ahead or behind, which RE2 cannot',
    'looks ahead or behind, which RE2 cannot',
    'refers back to a group, which RE2 cannot',
    'cannot be compiled: range out of order in character class',
    'cannot be compiled: nothing to repeat',
  ]);
});
