import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkSize } from './check-size.ts';
import type { SizeExceptions } from './check-size.ts';
import { withPlantedTree } from './planted-tree.fake.ts';
import { formatViolation } from './violation.ts';

const filler = (lines: number): string => 'a();\n'.repeat(lines);

function told(source: string, exceptions: SizeExceptions = {}): string[] {
  return withPlantedTree({ 'base/x.ts': source }, (root) =>
    checkSize(root, exceptions).map(formatViolation),
  );
}

test('files warn above 250 lines and fail above 400', () => {
  const message = (lines: number) =>
    `base/x.ts:1  the file has ${lines} lines; 250 is a question, 400 the limit  [size]`;
  assert.deepEqual(told(filler(250)), []);
  assert.deepEqual(told(filler(251)), [`warning  ${message(251)}`]);
  assert.deepEqual(told(filler(400)), [`warning  ${message(400)}`]);
  assert.deepEqual(told(filler(401)), [`error  ${message(401)}`]);
});

test('functions of every form warn above 40 lines and fail above 60', () => {
  const forms: [name: string, source: (body: string) => string][] = [
    ['declared', (body) => `async function declared() {\n${body}}\n`],
    ['arrow', (body) => `const arrow = () => {\n${body}};\n`],
    ['method', (body) => `class A { method() {\n${body}} }\n`],
    ['inObject', (body) => `const o = { inObject: () => {\n${body}} };\n`],
    ['at line 1', (body) => `run(() => {\n${body}});\n`],
  ];
  for (const [name, form] of forms) {
    const message = (lines: number) =>
      `base/x.ts:1  function ${name} has ${lines} lines; 40 is a question, 60 the limit  [size]`;
    assert.deepEqual(told(form(filler(38))), []);
    assert.deepEqual(told(form(filler(39))), [`warning  ${message(41)}`]);
    assert.deepEqual(told(form(filler(59))), [`error  ${message(61)}`]);
  }
});

test('lines of nested functions count for the outer one too', () => {
  const nested = `function outer() {\n  return () => {\n${filler(58)}  };\n}\n`;
  assert.deepEqual(
    told(nested).map((line) => line.split('  ')[2]),
    [
      'function outer has 62 lines; 40 is a question, 60 the limit',
      'function at line 2 has 60 lines; 40 is a question, 60 the limit',
    ],
  );
});

test('a block of tests may be as long as a file', () => {
  assert.deepEqual(told(`describe('x', () => {\n${filler(100)}});\n`), []);
});

test('an exception covers what it names, and is told when nothing needs it', () => {
  const long = `function long() {\n${filler(80)}}\n`;
  assert.deepEqual(told(long, { 'base/x.ts#long': 'a table' }), []);
  assert.deepEqual(told('a();\n', { 'base/x.ts#long': 'a table' }), [
    'error  base/x.ts#long  is within the limits; remove its exception  [size-exception-needed]',
  ]);
});
