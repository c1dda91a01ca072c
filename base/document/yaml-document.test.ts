import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatProblem } from './problem.ts';
import { readYaml } from './yaml-document.ts';

const text = `# remark
a: &list
  - x: 1
  - {y: 2,  z: [3, 4]}
"b c":
  d: *list
`;

test('values and keys are found where they stand, or the nearest thing above them', () => {
  const { document } = readYaml('f.yml', text);
  const places = [
    [[], '2:1', '2:1'],
    [['a'], '3:3', '2:1'],
    [['a', 0, 'x'], '3:8', '3:5'],
    [['a', 1, 'z', 1], '4:20', '4:20'],
    [['a', 1, 'q'], '4:5', '4:5'],
    [['a', 7, 'q'], '3:3', '2:1'],
    [['b c', 'd', 1, 'y'], '4:9', '4:6'],
    [['b c', 'e', 'f'], '5:1', '5:1'],
  ] as const;
  const found = places.map(([path]) => {
    const [value, key] = [document?.locate(path), document?.locateKey(path)];
    return [path, `${value?.line}:${value?.column}`, `${key?.line}:${key?.column}`];
  });
  assert.deepEqual(found, places);
});

test('JSON is YAML; dates and yes are text', () => {
  const read = (text: string) => readYaml('f', text).document?.value;
  assert.deepEqual(read('{"a": [1, null, "x"]}'), { a: [1, null, 'x'] });
  assert.deepEqual(read('a: 2024-01-01\nb: yes\nc: 0o17'), { a: '2024-01-01', b: 'yes', c: 15 });
});

const bomb = 'abcdefgh'.split('').map((name, index, all) => {
  const above = index === 0 ? 'x' : `*${all[index - 1]}`;
  return `${name}: &${name} [${Array(9).fill(above).join(', ')}]`;
});

const broken: [string, string, string][] = [
  [
    'an open bracket',
    'a: [1, 2\nb: 3',
    'f:2:1: broken YAML: flow sequence in block collection must be sufficiently indented and end with a ]',
  ],
  ['a secret in a quote', 'token: "hunter2\nb: 3', 'f:2:4: broken YAML: missing closing quote'],
  ['a tag', 'a: !!js/function x', 'f:1:4: broken YAML: unresolved tag'],
  ['a key twice', 'a: 1\nb: 2\na: 3', "f:3:1: the key 'a' is here twice"],
  ['two documents', 'a: 1\n---\nb: 2', 'f:2:1: broken YAML: --- begins a second document'],
  ['a bomb', bomb.join('\n'), 'f:1:1: broken YAML: too many uses of anchors'],
  ['an anchor in itself', 'a: &a [*a]', 'f:1:1: broken YAML: nested too deeply'],
  ['a well', '['.repeat(5_000), 'f:1:1: broken YAML: nested too deeply'],
  [
    'a number too long',
    'id: 12345678901234567890',
    'f:1:5: 12345678901234567890 has more digits than a number keeps; expected it in quotes',
  ],
  ['no text', 'a: 1\nb: \uFFFD', 'f:2:4: the file is not text in UTF-8'],
];
for (const [name, text, expected] of broken) {
  test(`broken: ${name}`, () => {
    assert.equal(readYaml('f', text).problems.map(formatProblem)[0], expected);
  });
}
