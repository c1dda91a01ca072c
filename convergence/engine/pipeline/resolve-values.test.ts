import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assert as holds, asyncProperty, property, string, webUrl } from 'fast-check';
import { maskValues, resolveValues } from './resolve-values.ts';
import type { ValueContext } from './resolve-values.ts';

const secrets: Readonly<Record<string, string>> = {
  token: 'hunter2',
  'db.password': 'x{{ secrets.token }}',
};

const context: ValueContext = {
  tenantId: 'acme_corp',
  runId: '0191',
  runDate: '2026-03-01',
  intervalEnd: '2026-03-02',
  params: { limit: 10, deep: true, since: '2024-01-01', trick: '{{ secrets.token }}' },
  readSecret: (name) => Promise.resolve(secrets[name] ?? ''),
};

test('every string is filled, at any depth, and other values stay', async () => {
  const spec = {
    path: '/{{tenant.id}}/{{ run.date }}/{{ params.limit }}',
    auth: { token: '{{ secrets.token }}', header: 'Bearer {{ secrets.token }}' },
    plain: ['a {b} {resources.x.id}', 3, null, true],
    run: '{{  run.id  }}',
  };
  assert.deepEqual(await resolveValues(spec, context), {
    value: {
      path: '/acme_corp/2026-03-01/10',
      auth: { token: 'hunter2', header: 'Bearer hunter2' },
      plain: ['a {b} {resources.x.id}', 3, null, true],
      run: '0191',
    },
    secrets: ['hunter2'],
  });
});

test('a whole expression keeps its type where any type may stand, and is text elsewhere', async () => {
  const spec = {
    path: '{{ params.limit }}',
    params: {
      limit: '{{ params.limit }}',
      q: 'top {{ params.limit }}',
      s: { field: '{{ params.limit }}' },
    },
    json: { filter: { deep: '{{ params.deep }}' } },
    min_value: ' {{ params.limit }} ',
  };
  const { value } = await resolveValues<unknown>(spec, context);
  assert.deepEqual(value, {
    path: '10',
    params: { limit: 10, q: 'top 10', s: { field: '10' } },
    json: { filter: { deep: true } },
    min_value: 10,
  });
});

test('what a parameter or a secret contains is never looked at again', async () => {
  const spec = ['{{ params.trick }}', '{{ secrets.db.password }}', '{{ params.trick }}!'];
  const { value } = await resolveValues(spec, context);
  assert.deepEqual(value, ['{{ secrets.token }}', 'x{{ secrets.token }}', '{{ secrets.token }}!']);
});

for (const name of [
  'params.limt',
  'env.HOME',
  'params.limit + 1',
  '',
  'params.__proto__',
  'constructor',
]) {
  test(`'${name}' is no value`, async () => {
    await assert.rejects(resolveValues({ a: { b: `x {{ ${name} }}` } }, context), {
      code: 'value_unknown',
      message: `there is no value '${name}' for {{ }} in 'a.b'`,
    });
  });
}

test('text without expressions comes back as it is', async () => {
  await holds(
    asyncProperty(string(), async (text) => {
      const plain = text.replaceAll('{{', '');
      assert.deepEqual(await resolveValues(plain, context), { value: plain, secrets: [] });
    }),
  );
});

test('masked text shows no secret, also not as URLs and JSON write it', () => {
  assert.equal(
    maskValues('GET /?k=a%20b%26 {"k":"q\\"q"} ab abc', ['a b&', 'q"q', 'ab', 'abc', '']),
    'GET /?k=*** {"k":"***"} *** ***',
  );
  holds(
    property(string({ minLength: 1 }), webUrl(), (secret, url) => {
      const text = maskValues(`${url}${secret}${url}`, [secret]);
      assert.ok(
        !text.replaceAll('***', '').includes(secret) ||
          '***'.includes(secret) ||
          url.includes(secret),
      );
    }),
  );
});
