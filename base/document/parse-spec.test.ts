import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { parseSpec } from './parse-spec.ts';
import { formatProblem } from './problem.ts';
import { readYaml } from './yaml-document.ts';

const spec = z.strictObject({
  name: z.string(),
  size: z.int().min(1).default(1),
  tone: z.enum(['red', 'green']).optional(),
  nested: z.strictObject({ token: z.string() }).optional(),
});

const wording = {
  insteadOf: (key: string) => (key === 'colour' ? 'use tone' : undefined),
  hintFor: (value: unknown) => (value === 7 ? 'write seven' : undefined),
};

function read(text: string) {
  const { document } = readYaml('f.yml', text);
  assert.ok(document);
  return parseSpec(document, spec, wording);
}

test('a document that fits is read with its defaults', () => {
  assert.deepEqual(read('name: a\ntone: red'), {
    value: { name: 'a', size: 1, tone: 'red' },
    problems: [],
  });
});

test('every mistake is told with its place, and in the words of the product where it has some', () => {
  const text = 'name: 7\nsize: 0\ntone: gren\nnested: { token: 12 }\ncolour: x\nnme: y\n';
  assert.deepEqual(read(text).problems.map(formatProblem), [
    "f.yml:1:7: 'name' is 7; expected text; write seven",
    "f.yml:2:7: 'size' is 0; expected at least 1",
    "f.yml:3:7: 'tone' is 'gren'; expected one of red or green; did you mean 'green'?",
    "f.yml:4:18: 'token' is ***; expected text",
    "f.yml:5:1: 'colour' is not supported; use tone",
    "f.yml:6:1: 'nme' is not a known key; expected name, size, tone or nested; did you mean 'name'?",
  ]);
});
