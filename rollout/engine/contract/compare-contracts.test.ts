import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { JsonObject } from './api-document.ts';
import { compareContracts } from './compare-contracts.ts';
import type { Finding } from './finding.ts';
import { REWRITES } from './rewrite.fake.ts';

const CASES = join(import.meta.dirname, 'cases');
const LEVELS = read('levels.json') as Record<string, 'ERR' | 'WARN' | 'none'>;
const TODAY = new Date('2026-11-21T00:00:00Z');

function read(file: string): JsonObject {
  return JSON.parse(readFileSync(join(CASES, file), 'utf8')) as JsonObject;
}

function compare(base: unknown, revision: unknown): Finding[] {
  return compareContracts(
    { name: 'base', root: base },
    { name: 'revision', root: revision },
    TODAY,
  );
}

/** The worst, where INFO counts as nothing. */
function levelOf(findings: readonly Finding[]): string {
  const [worst] = findings;
  return worst === undefined || worst.level === 'INFO' ? 'none' : worst.level;
}

/** What a rewrite must not change: places and names do. */
function gist(findings: readonly Finding[]): string[] {
  return [...new Set(findings.map(({ id, level }) => `${level} ${id}`))].toSorted();
}

describe('each case has the level that it must have', () => {
  for (const [name, level] of Object.entries(LEVELS)) {
    test(`${name}: ${level}`, () => {
      const findings = compare(read(`${name}.base.json`), read(`${name}.rev.json`));
      assert.equal(levelOf(findings), level, JSON.stringify(findings, null, 1));
    });
  }
});

describe('what no client can notice is not told, and hides nothing', () => {
  for (const [name, rewrite] of Object.entries(REWRITES)) {
    test(name, () => {
      for (const one of Object.keys(LEVELS)) {
        const [base, revision] = [read(`${one}.base.json`), read(`${one}.rev.json`)];
        assert.deepEqual(compare(base, rewrite(base)), [], one);
        assert.deepEqual(compare(rewrite(base), base), [], one);
        assert.deepEqual(
          gist(compare(base, rewrite(revision))),
          gist(compare(base, revision)),
          one,
        );
        assert.deepEqual(
          gist(compare(rewrite(base), revision)),
          gist(compare(base, revision)),
          one,
        );
      }
    });
  }
});

/** The way back of cases that only allow less, or only allow more. */
const BACK: Record<string, string> = {
  '03_add_required_query': 'WARN',
  '07_req_enum_narrowed_param': 'none',
  '08_req_enum_narrowed_prop': 'none',
  '11_resp_enum_narrowed': 'WARN',
  '12_resp_required_prop_removed': 'none',
  '18_req_prop_type_generalized_int_to_number': 'ERR',
  '22_security_scope_added': 'none',
  '23_security_added': 'none',
  '26_minLength_increased': 'none',
  '27_maxLength_decreased': 'none',
  '28_maxLength_increased': 'ERR',
  '31_resp_became_nullable': 'none',
  '32_addlProps_false_request': 'none',
  '41_req_prop_became_required': 'none',
  '43_param_max_decreased': 'none',
  '47_resp_maxItems_removed': 'none',
  '51_31_req_null_removed': 'none',
  '52_31_resp_null_added': 'none',
  '53_31_exclusiveMinimum_added': 'none',
  '56_31_req_type_list_widened': 'ERR',
};

test('what breaks clients one way does not on the way back, and the other way round', () => {
  const found = Object.keys(BACK).map((name) => [
    name,
    levelOf(compare(read(`${name}.rev.json`), read(`${name}.base.json`))),
  ]);
  assert.deepEqual(Object.fromEntries(found), BACK);
});

const response = (schema: unknown) => ({
  openapi: '3.1.0',
  paths: { '/a': { get: { responses: { 200: { content: { 'application/json': { schema } } } } } } },
  components: {
    schemas: {
      Tree: {
        type: 'object',
        properties: {
          name: { type: 'string' },
          children: { type: 'array', items: { $ref: '#/components/schemas/Tree' } },
        },
      },
    },
  },
});

test('schemas that contain themselves come to an end, and are told once', () => {
  const base = response({ $ref: '#/components/schemas/Tree' });
  const revision = structuredClone(base);
  revision.components.schemas.Tree.properties.name.type = 'integer';
  assert.deepEqual(compare(base, base), []);
  assert.deepEqual(
    compare(base, revision).map(({ id, text }) => `${id}: ${text}`),
    [
      "response-property-type-changed: 'name' of the 200 answer changed its type from string to integer",
    ],
  );
});

test('a finding names every operation that it is part of, once', () => {
  const base = response({ $ref: '#/components/schemas/Tree' });
  const paths = { '/a': base.paths['/a'], '/b': base.paths['/a'], '/c': base.paths['/a'] };
  const revision = structuredClone({ ...base, paths });
  Object.assign(revision.components.schemas.Tree, { required: [], properties: {} });
  const found = compare({ ...base, paths }, revision);
  assert.deepEqual(
    found.map(({ id, operation, alsoIn }) => [id, operation, alsoIn]),
    [
      ['response-optional-property-removed', 'GET /a', ['GET /b', 'GET /c']],
      ['response-optional-property-removed', 'GET /a', ['GET /b', 'GET /c']],
    ],
  );
});

test('webhooks are looked at from the other side', () => {
  const hooks = (properties: object, required: string[] = []) => ({
    openapi: '3.1.0',
    webhooks: {
      paid: {
        post: {
          requestBody: {
            content: { 'application/json': { schema: { type: 'object', properties, required } } },
          },
        },
      },
    },
  });
  const [less, more] = [hooks({}), hooks({ id: { type: 'string' } }, ['id'])];
  assert.deepEqual(gist(compare(less, more)), ['INFO response-required-property-added']);
  assert.deepEqual(gist(compare(more, less)), ['ERR response-required-property-removed']);
  assert.deepEqual(gist(compare(less, { ...less, webhooks: {} })), ['ERR webhook-removed']);
});

test('a document that is too deep is refused, and breaks nothing', () => {
  let schema: object = { type: 'string' };
  for (let level = 0; level < 20_000; level++) schema = { type: 'array', items: schema };
  assert.throws(() => compare(response({ type: 'string' }), response(schema)), {
    code: 'contract_invalid',
    message: 'base or revision: it is nested too deeply',
  });
});

const broken: [string, unknown, string][] = [
  ['no object', [], 'revision: it is no OpenAPI document'],
  ['no version', { paths: {} }, 'revision: it has no openapi'],
  ['another version', { openapi: '2.0', paths: {} }, 'revision: /openapi has openapi "2.0"'],
  ['nothing in it', { openapi: '3.0.0' }, 'revision: it has neither paths nor webhooks'],
  [
    'a reference into nothing',
    response({ $ref: '#/components/schemas/Gone' }),
    "revision: /paths/~1a/get/responses/200/content/application~1json/schema/$ref refers to '#/components/schemas/Gone', which is not there",
  ],
  [
    'a reference outside',
    response({ $ref: 'other.yaml#/Gone' }),
    "revision: /paths/~1a/get/responses/200/content/application~1json/schema/$ref refers to 'other.yaml#/Gone' outside of the document",
  ],
  [
    'a circle of references',
    {
      ...response({ $ref: '#/components/schemas/A' }),
      components: { schemas: { A: { $ref: '#/components/schemas/A' } } },
    },
    'revision: /paths/~1a/get/responses/200/content/application~1json/schema is a circle of references',
  ],
  [
    'parameters that are no list',
    { openapi: '3.0.0', paths: { '/a': { get: { parameters: {} } } } },
    'revision: /paths/~1a/get/parameters is no list',
  ],
];

for (const [name, document, message] of broken) {
  test(`a document with ${name} is refused with its place`, () => {
    const base = response({ type: 'string' });
    assert.throws(() => compare(base, document), { code: 'contract_invalid', message });
  });
}
