import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parsePathTemplate } from './path-template.ts';

const cases: readonly [template: string, path: string, found: object | null][] = [
  [
    '/v2/{name=projects/*/services/*}',
    '/v2/projects/p/services/s',
    { name: 'projects/p/services/s' },
  ],
  ['/v2/{name=projects/*/services/*}', '/v2/projects/p/services/s/revisions/r', null],
  ['/v2/{name=projects/*/services/*}', '/v2/projects//services/s', null],
  ['/v2/{name=projects/*/services/*}', '/v2/projects/p/services/s:wait', null],
  ['/v2/{name=projects/*/services/*}', '/v3/projects/p/services/s', null],
  ['/v2/{name=projects/*}:wait', '/v2/projects/p:wait', { name: 'projects/p' }],
  ['/v2/{service.name=services/*}', '/v2/services/s', { 'service.name': 'services/s' }],
  ['/v1/{a}/x/{b}', '/v1/1/x/2', { a: '1', b: '2' }],
  ['/v1/{name=operations/**}', '/v1/operations/a/b', { name: 'operations/a/b' }],
  ['/v1/{name=operations/**}:cancel', '/v1/operations/a/b:cancel', { name: 'operations/a/b' }],
  ['/storage/v1/b/{bucket}', '/storage.v1/b/x', null],
  // Of google.api.routing: `/**` at the end also stands for nothing.
  ['projects/*/locations/{location=*}/**', 'projects/p/locations/l/services/s', { location: 'l' }],
  ['projects/*/locations/{location=*}/**', 'projects/p/locations/l', { location: 'l' }],
  ['{name=**}', 'a/b/c', { name: 'a/b/c' }],
  // Of google.api.resource: a project may have a colon.
  ['projects/{project}', 'projects/example.com:p', { project: 'example.com:p' }],
  ['projects/{project}', 'projects/p/more', null],
];

for (const [template, path, found] of cases) {
  test(`${template} on ${path}`, () => {
    assert.deepEqual(parsePathTemplate(template).match(path), found);
  });
}

test('tells what one variable may be', () => {
  const template = parsePathTemplate('/v2/{name=projects/*}/x/{other}');
  assert.deepEqual(
    ['name', 'other', 'third'].map((name) => template.variable(name)?.text ?? null),
    ['projects/*', '*', null],
  );
});
