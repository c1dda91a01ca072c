import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseEnvFile } from './parse-env-file.ts';

test('variables are read with and without quotes; a line that is none is told without its text', () => {
  const text = `# remark
A=1
export B = two words # remark
C="x # y\\nz"
D='a\\nb'
E=
hunter2
F=a=b#c
`;
  assert.deepEqual(parseEnvFile('env/p.env', text), {
    env: { A: '1', B: 'two words', C: 'x # y\nz', D: 'a\\nb', E: '', F: 'a=b#c' },
    problems: [
      {
        file: 'env/p.env',
        line: 7,
        column: 1,
        path: '',
        message: 'the line is no variable',
        expected: 'NAME=value',
      },
    ],
  });
});
