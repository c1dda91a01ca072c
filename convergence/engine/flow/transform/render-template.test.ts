import assert from 'node:assert/strict';
import { test } from 'node:test';
import { transformHeaderSpec } from '../../pipeline/spec/transform-spec.ts';
import { placeInFile, renderTemplate } from './render-template.ts';

const values = {
  tenantId: 'acme_corp',
  runId: 'r1',
  runDate: '2026-03-01',
  intervalEnd: '2026-03-02',
  params: { since: "O'Hara", limit: 3, on: true, none: null },
};
const dialect = {
  quoteName: (name: string) => `"${name}"`,
  quoteText: (text: string) => `'${text.replaceAll("'", "''")}'`,
};

function render(template: string, isIncremental = false) {
  const spec = { name: 'totals', file: 'transforms/totals.sql', firstLine: 5, template };
  const { sql, refs } = renderTemplate({ ...spec, header: transformHeaderSpec.parse({}) }, values, {
    isIncremental,
    dialect,
  });
  return { sql, refs };
}

test('tables become names and values literals', () => {
  const template = `SELECT {{ params.limit }}, {{params.on}}, {{ params.none }}, {{ run.date }}, {{ run.id }}, {{ tenant.id }}
FROM {{ ref('orders') }} JOIN {{ ref( "daily" ) }} JOIN {{ ref('orders') }} WHERE x = {{ params.since }} AND y < {{ this }}.y`;
  assert.deepEqual(render(template), {
    sql: `SELECT 3, TRUE, NULL, '2026-03-01', 'r1', 'acme_corp'
FROM "orders" JOIN "daily" JOIN "orders" WHERE x = 'O''Hara' AND y < "totals".y`,
    refs: ['orders', 'daily'],
  });
});

test('one branch is taken, and every line stays where it was', () => {
  const template = `a
{% if is_incremental() %}
b {{ ref('x') }}
{%- else -%}
c {{
  ref('y') }} d
{% endif %}
e`;
  assert.deepEqual(render(template, true), { sql: 'a\n\nb "x"\n\n\n\n\ne', refs: ['x'] });
  assert.deepEqual(render(template), { sql: 'a\n\n\n\nc "y"\n d\n\ne', refs: ['y'] });
});

test('a value cannot bring a tag of its own', () => {
  const spec = { name: 't', file: 't.sql', firstLine: 1, template: 'SELECT {{ params.x }}' };
  const params = { x: "{{ ref('y') }}' --" };
  const { sql, refs } = renderTemplate(
    { ...spec, header: transformHeaderSpec.parse({}) },
    { ...values, params },
    { isIncremental: false, dialect },
  );
  assert.deepEqual({ sql, refs }, { sql: "SELECT '{{ ref(''y'') }}'' --'", refs: [] });
});

test('every place of the result is known in the template', () => {
  const template =
    "SELECT a\nFROM {{ ref('orders') }} AS b {% if is_incremental() %}\nx{% endif %} c";
  const spec = { name: 't', file: 't.sql', firstLine: 3, template };
  const header = transformHeaderSpec.parse({});
  const rendering = { isIncremental: false, dialect };
  const { sql, origin } = renderTemplate({ ...spec, header }, values, rendering);
  const places = ['a', '"orders"', 'AS', 'c'].map((word) =>
    placeInFile(spec, origin(sql.lastIndexOf(word))),
  );
  assert.deepEqual(places, [
    { line: 3, column: 8 },
    { line: 4, column: 6 },
    { line: 4, column: 26 },
    { line: 5, column: 14 },
  ]);
});

for (const [template, code, message] of [
  [
    'SELECT 1,\n  {{ params.sinse }}',
    'value_unknown',
    "6:3: there is no value {{ params.sinse }}; did you mean 'params.since'?",
  ],
  ['{{ env.HOME }}', 'value_unknown', '5:1: there is no value {{ env.HOME }}'],
  ["{{ ref('a.b') }}", 'value_unknown', "5:1: there is no value {{ ref('a.b') }}"],
  [
    "x = '{{ run.date }}'",
    'sql_invalid',
    '5:6: {{ run.date }} stands in quotes, but values are quoted already',
  ],
  ['{% if is_incremental() %}', 'sql_invalid', '5:1: {% if %} has no {% endif %}'],
  ['a {% endif %}', 'sql_invalid', "5:3: '{% endif %}' is out of place"],
  [
    '{% if is_incremental() %}{% if is_incremental() %}',
    'sql_invalid',
    "5:26: '{% if is_incremental() %}' is out of place",
  ],
  ['{% for x in y %}', 'sql_invalid', "5:1: '{% for x in y %}' is not known"],
  ['a\nb {{ run.date', 'sql_invalid', "6:3: '{{' is no whole tag"],
  ['{# remark #}', 'sql_invalid', "5:1: '{#' is no whole tag"],
] as const) {
  test(`a mistake is placed: ${template}`, () => {
    assert.throws(() => render(template), { code, message: `transforms/totals.sql:${message}` });
  });
}
