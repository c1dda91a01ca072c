import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import * as fc from 'fast-check';
import type { Arbitrary } from 'fast-check';
import { ADMIN_KEY, openTestApi } from './test-api.fake.ts';
import type { TestApi } from './test-api.fake.ts';

interface Schema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
}

interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly schema?: Schema;
}

interface Operation {
  readonly route: string;
  readonly parameters: readonly Parameter[];
  readonly body: Schema | null;
  readonly isOfTenant: boolean;
}

interface Input {
  readonly path: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, unknown>>;
  /** Text is sent as it is. */
  readonly body: unknown;
}

/** Enough for each part of a body to be left out, wrong, and too much once. */
const TRIES = 8;
const TENANT = 'acme_corp';

let api: TestApi;
let key: string;
let operations: Operation[];

before(async () => {
  api = await openTestApi({ RATE_LIMIT_PER_ADDRESS: '0', RATE_LIMIT_PER_KEY: '0' });
  key = await api.onboard(TENANT);
  await api.app.ready();
  operations = readOperations(api.app.swagger());
});
after(() => api.close());

function readOperations(document: unknown): Operation[] {
  const { paths } = document as { paths: Record<string, Record<string, RawOperation>> };
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { parameters = [], requestBody, security = [] }]) => ({
      route: `${method.toUpperCase()} ${path}`,
      parameters,
      body: requestBody?.content['application/json']?.schema ?? null,
      isOfTenant: security.some((way) => 'apiKey' in way),
    })),
  );
}

interface RawOperation {
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Record<string, { readonly schema: Schema }> };
  readonly security?: readonly object[];
}

const nasty = fc.constantFrom(
  '',
  '\0',
  '../../etc/passwd',
  "'; DROP TABLE tenants.tenant_profiles; --",
  '\u202Eabc',
  '💥'.repeat(50),
  'x'.repeat(5000),
  '%00',
  'NaN',
  '-1',
  '1e400',
  '9999-99-99',
);
const text = fc.oneof(nasty, fc.string({ unit: 'binary', maxLength: 40 }), fc.constant(TENANT));
const number = fc.oneof(
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.constantFrom(0, -1, 2 ** 31, 2 ** 53),
);

/** Mostly what the schema asks for, sometimes something else entirely. */
function valueOf(schema: Schema | undefined): Arbitrary<unknown> {
  return fc.oneof(
    { weight: 4, arbitrary: fittingOf(schema ?? {}) },
    { weight: 1, arbitrary: fc.jsonValue() },
  );
}

function fittingOf(schema: Schema): Arbitrary<unknown> {
  if (schema.enum) return fc.constantFrom(...schema.enum);
  if (schema.anyOf) return fc.oneof(...schema.anyOf.map(valueOf));
  if (schema.type === 'object') return objectOf(schema.properties ?? {});
  if (schema.type === 'array') return fc.array(valueOf(schema.items), { maxLength: 4 });
  if (schema.type === 'boolean') return fc.boolean();
  if (schema.type === 'integer' || schema.type === 'number') return number;
  return schema.type === 'string' ? text : fc.jsonValue();
}

function objectOf(properties: Readonly<Record<string, Schema>>): Arbitrary<unknown> {
  const known = Object.fromEntries(
    Object.entries(properties).map(([name, schema]) => [name, valueOf(schema)]),
  );
  return fc.record({ ...known, surplus: fc.jsonValue() }, { requiredKeys: [] });
}

function inputOf({ parameters, body, route }: Operation): Arbitrary<Input> {
  const inPath = parameters.filter((parameter) => parameter.in === 'path');
  const inQuery = parameters.filter((parameter) => parameter.in === 'query');
  const record = (of: readonly Parameter[], arbitrary: (one: Parameter) => Arbitrary<unknown>) =>
    Object.fromEntries(of.map((one) => [one.name, arbitrary(one)]));
  const whole = fc.oneof(
    valueOf(body ?? {}),
    fc.constantFrom('{', '[1,]', 'null', '"x"', '\0', ''),
  );
  const hasBody = /^(POST|PUT|PATCH|DELETE) /.test(route);
  return fc.record({
    path: fc.record(record(inPath, () => text)) as Arbitrary<Input['path']>,
    query: fc.record(
      record(inQuery, ({ schema }) => valueOf(schema)),
      { requiredKeys: [] },
    ),
    body: hasBody ? whole : fc.constant(undefined),
  });
}

function wordOf(value: unknown): string {
  return (typeof value === 'string' ? value : JSON.stringify(value)).toWellFormed();
}

function urlOf(route: string, { path, query }: Input): string {
  const [method = '', template = ''] = route.split(' ');
  const filled = template.replaceAll(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(path[name]?.toWellFormed() ?? ''),
  );
  const given = Object.entries(query).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${encodeURIComponent(wordOf(value))}`],
  );
  return `${method} ${filled}${given.length > 0 ? `?${given.join('&')}` : ''}`;
}

/** This one would take away what the others are asked about. */
const isDestructive = (route: string) => route.endsWith('/admin/bootstrap');

test('no route is broken by any input, and each refusal is a problem document', async () => {
  assert.ok(operations.length > 30);
  const broken: string[] = [];
  for (const operation of operations) {
    if (isDestructive(operation.route)) continue;
    const property = fc.asyncProperty(inputOf(operation), async (input) => {
      const who = operation.isOfTenant ? { key } : { adminKey: ADMIN_KEY };
      const payload = typeof input.body === 'string' ? input.body : JSON.stringify(input.body);
      const reply = await api.call(urlOf(operation.route, input), {
        ...who,
        ...(payload !== undefined && { body: payload }),
      });
      const told = `${operation.route} ${reply.status} ${reply.text.slice(0, 300)}`;
      assert.ok(reply.status < 500, told);
      assert.doesNotMatch(reply.text, /\n\s+at |node:internal|\.ts:\d+:/, told);
      if (reply.status < 400) return;
      assert.match(String(reply.headers['content-type']), /^application\/problem\+json/, told);
      assert.equal(reply.body.status, reply.status, told);
      assert.match(String(reply.body.code), /^[a-z_]+$/, told);
    });
    const { failed, counterexample, errorInstance } = await fc.check(property, {
      numRuns: TRIES,
      seed: 20_261_121,
    });
    if (failed) broken.push(`${JSON.stringify(counterexample)}: ${String(errorInstance)}`);
  }
  assert.deepEqual(broken, []);
  const { status, text: told } = await api.call('GET /health/ready');
  assert.equal(status, 200, told);
});
