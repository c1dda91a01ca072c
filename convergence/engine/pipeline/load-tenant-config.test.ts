import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  assert as holds,
  constantFrom,
  array,
  dictionary,
  json,
  oneof,
  property,
  string,
} from 'fast-check';
import { loadTenantConfig } from './load-tenant-config.ts';
import { formatProblem } from 'base/document/problem.ts';

function problemsOf(files: Record<string, string>, secretNames: string[] = []): string[] {
  const { problems } = loadTenantConfig(new Map(Object.entries(files)), secretNames);
  return problems.map(formatProblem);
}

const sourceFile = `client: { base_url: "https://api.example.com" }
resources: [posts]
`;

test('the pipeline of the guides loads as it is', () => {
  const pipeline = `pipeline_id: p_test
description: "Test pipeline"
steps:
  - name: "test_step"
    type: "ingest"            # ingest | dq | transform
    source_config: "sources/test_source.yml"
    on_failure: "stop"        # stop | continue
`;
  const config = loadTenantConfig(
    new Map([
      ['pipelines/p_test.yml', pipeline],
      ['sources/test_source.yml', sourceFile],
    ]),
  );
  assert.deepEqual(config.problems, []);
  assert.deepEqual(config.pipelines.get('p_test'), {
    pipeline_id: 'p_test',
    description: 'Test pipeline',
    parameters: {},
    priority: 'normal',
    steps: [
      {
        name: 'test_step',
        type: 'ingest',
        source_config: 'sources/test_source.yml',
        on_failure: 'stop',
      },
    ],
  });
  assert.equal(config.sources.get('sources/test_source.yml')?.type, 'rest_api');
  assert.deepEqual([...config.brokenFiles], []);
});

const terribleFolder = {
  'pipelines/daily.yml': `pipeline_id: daily
steps:
  - name: load
    type: ingset
    source_config: sources/api.yml
  - name: check
    type: dq
    checks: [checks/post.yml]
    depends_on: [laod]
    tmeout: 5m
`,
  'pipelines/nightly.yml': `pipeline_id: nightly
parameters: { since: "2024-01-01" }
steps:
  - { name: load, type: ingest, source_config: source/api.yml, depends_on: [verify] }
  - { name: verify, type: dq, checks: checks/posts.yml, when: "{{ params.sinse }}" }
`,
  'sources/api.yml': `client:
  auth:
    type: bearer
    token: [hunter2]
  paginator: { type: ofset, limit: 10 }
resources:
  - name: posts
    write_disposition: merge
    endpoint: { path: posts, paginator: { type: offset } }
    merge_key: id
`,
  'sources/shop.yml': `type: rest_api
client:
  base_url: ftp://shop
  headers: { X-Shop: "{{ secrets.shop_key }}" }
resources:
  - { name: orders, write_disposition: merge, endpoint: "users/{resources.user.id}/orders" }
  - name: users
    include_from_parent: [id]
`,
  'checks/posts.yml': `table: posts
rules:
  - { rule: not_be_nul, column: id }
  - { rule: be_between, column: likes, min_value: 10, max_value: 1 }
`,
  'transforms/top posts.sql': `/*
materialised: table
*/
`,
};

test('a terrible folder: every mistake of every file, in order, with its place', () => {
  assert.deepEqual(problemsOf(terribleFolder, ['shop_kei']), [
    "checks/posts.yml:3:13: 'rule' is 'not_be_nul'; expected one of not_be_null, be_in_set, be_between, match_regex, value_lengths_between, be_unique, table_row_count_between, column_to_exist, mean_between, freshness or unexpected_rows_query; did you mean 'not_be_null'?",
    'checks/posts.yml:4:51: min_value 10 is above max_value 1, so every row would fail; expected at most 1',
    "pipelines/daily.yml:4:11: 'type' is 'ingset'; expected one of ingest, dq or transform; did you mean 'ingest'?",
    "pipelines/daily.yml:8:14: there is no file 'checks/post.yml'; expected a path in checks/; did you mean 'checks/posts.yml'?",
    "pipelines/daily.yml:9:18: there is no step 'laod'; expected one of load or check; did you mean 'load'?",
    "pipelines/daily.yml:10:5: 'tmeout' is not a known key; expected name, description, depends_on, on_failure, retries, timeout, when, type or checks; did you mean 'timeout'?",
    "pipelines/nightly.yml:4:48: there is no file 'source/api.yml'; expected a path in sources/; did you mean 'sources/api.yml'?",
    'pipelines/nightly.yml:4:76: steps wait for each other: load -> verify -> load; expected steps without a circle',
    "pipelines/nightly.yml:5:63: there is no value 'params.sinse'; expected params.since, run.date, run.interval_start, run.interval_end, run.id, tenant.id, secrets.shop_kei; did you mean 'params.since'?",
    "sources/api.yml:1:1: 'base_url' is missing; expected text",
    "sources/api.yml:4:12: 'token' is a list of 1; expected text",
    "sources/api.yml:5:22: 'type' is 'ofset'; expected one of json_link, header_link, header_cursor, cursor, offset, page_number, single_page or auto; did you mean 'offset'?",
    "sources/api.yml:9:30: 'limit' is missing; expected a number",
    "sources/api.yml:10:5: 'merge_key' is not supported; use primary_key",
    "sources/shop.yml:3:13: 'base_url' is 'ftp://shop'; expected an address that begins with https:// or http://",
    "sources/shop.yml:4:22: there is no secret 'shop_key'; expected run.date, run.interval_start, run.interval_end, run.id, tenant.id, secrets.shop_kei; did you mean 'secrets.shop_kei'?",
    "sources/shop.yml:6:40: 'orders' merges without a primary_key; expected primary_key with the column or columns that tell rows apart",
    "sources/shop.yml:6:57: there is no resource 'user'; expected one of orders or users; did you mean 'users'?",
    "sources/shop.yml:8:26: 'users' has no parent to include fields from; expected a {resources.parent.field} in its endpoint",
    "transforms/top posts.sql:1:1: 'top posts' cannot be the name of a table; expected a file named with letters, digits and _, as daily_delays.sql",
    "transforms/top posts.sql:2:1: 'materialised' is not a known key; expected description, materialized, unique_key, partition_by, cluster_by or checks; did you mean 'materialized'?",
    'transforms/top posts.sql:4:1: there is no SQL; expected one SELECT below the header',
  ]);
});

test('a file that leans on a broken one may not run, and the others may', () => {
  const config = loadTenantConfig(
    new Map([
      [
        'pipelines/a.yml',
        'pipeline_id: a\nsteps: [{ name: x, type: ingest, source_config: sources/a.yml }]',
      ],
      [
        'pipelines/b.yml',
        'pipeline_id: b\nsteps: [{ name: x, type: ingest, source_config: sources/b.yml }]',
      ],
      ['sources/a.yml', `type: file\nresources: [{ name: a, path: a.csv, checks: checks/a.yml }]`],
      ['sources/b.yml', `type: file\nresources: [{ name: b, path: b.csv }]`],
      ['checks/a.yml', 'table: a\nrules: []'],
    ]),
  );
  assert.deepEqual(config.problems.map(formatProblem), [
    "checks/a.yml:2:8: 'rules' is an empty list; expected at least 1 item",
  ]);
  assert.deepEqual([...config.brokenFiles], ['pipelines/a.yml', 'sources/a.yml', 'checks/a.yml']);
});

test('a config of dlt for its rest_api loads as it is', () => {
  const source = `
client:
  base_url: https://api.github.com/repos/dlt-hub/dlt/
  auth: { token: "{{ secrets.github }}" }
resource_defaults:
  primary_key: id
  write_disposition: merge
  endpoint: { params: { per_page: 100 } }
resources:
  - name: issues
    endpoint:
      path: issues
      params:
        sort: updated
        labels: [bug, 3]
        since: { type: incremental, cursor_path: updated_at, initial_value: "2024-01-25T11:21:28Z" }
  - name: issue_comments
    parallelized: true
    endpoint:
      path: issues/{issue_number}/comments
      params: { issue_number: { type: resolve, resource: issues, field: number } }
      response_actions: [{ status_code: 404, action: ignore }]
    include_from_parent: [id]
  - name: stars
    write_disposition: { disposition: merge, strategy: upsert }
    endpoint:
      path: stargazers
      paginator: { type: json_link, next_url_path: paging.next }
      incremental: { start_param: since, cursor_path: at, lag: 60 }
      data_selector: $
  - contributors
`;
  const config = loadTenantConfig(new Map([['sources/github.yml', source]]), ['github']);
  assert.deepEqual(config.problems.map(formatProblem), []);
  const spec = config.sources.get('sources/github.yml');
  assert.deepEqual(
    spec?.resources.map(({ name }) => name),
    ['issues', 'issue_comments', 'stars', 'contributors'],
  );
});

const root = { client: { base_url: 'https://a' }, resources: ['a'] };
const anyText = oneof(
  string({ unit: 'binary' }),
  json(),
  array(
    constantFrom(
      'a',
      ': ',
      '- ',
      '\n',
      '  ',
      '{',
      '}',
      '[',
      '*x',
      '&x ',
      '"',
      "'",
      '#',
      '|',
      '!t ',
    ),
  ).map((words) => words.join('')),
  constantFrom(
    JSON.stringify(root),
    '__proto__: {}',
    '[[[['.repeat(100),
    'pipeline_id: a\nsteps: 3',
  ),
);
const anyPath = constantFrom(
  ...'pipelines/a.yml sources/a.yml checks/a.yml schemas/a.yml transforms/a.sql'.split(' '),
  ...'pipelines/b.yml sources/.b other/c sources/README.md schemas/x.txt'.split(' '),
);

test('no text whatever makes loading throw, and each problem has a place in its file', () => {
  holds(
    property(dictionary(anyPath, anyText), (files) => {
      const { problems } = loadTenantConfig(new Map(Object.entries(files)));
      for (const { file, line, column } of problems) {
        const lines = (files[file] ?? '').split('\n');
        assert.ok(line >= 1 && line <= lines.length, `${file}:${line}`);
        assert.ok(
          column >= 1 && column <= (lines[line - 1] ?? '').length + 1,
          `${file}:${line}:${column}`,
        );
      }
    }),
    { numRuns: 200 },
  );
});

const specText = `
client:
  base_url: https://a.example
  auth: { type: bearer, token: x }
  paginator: { type: offset, limit: 10 }
resources:
  - name: posts
    write_disposition: merge
    primary_key: id
    endpoint: { path: posts, params: { since: { type: incremental, cursor_path: at } } }
  - users
`;

test('no value in place of any other makes loading throw or leave the file', () => {
  const words = specText.split(/(?<=[\s{},:])/);
  const junk = constantFrom(
    '',
    '3',
    '[]',
    '{}',
    'null',
    '- x',
    '"{{ params.x }}"',
    'type: ',
    '1e999',
    '~',
  );
  holds(
    property(array(junk, { maxLength: 4 }), array(constantFrom(...words.keys())), (junk, at) => {
      const broken = words.map((word, index) =>
        at.includes(index) ? (junk[index % junk.length] ?? '') : word,
      );
      const text = broken.join('');
      const { problems } = loadTenantConfig(new Map([['sources/a.yml', text]]));
      assert.ok(problems.every((problem) => problem.line <= text.split('\n').length));
    }),
    { numRuns: 300 },
  );
});

test('a schedule that cannot be kept is a problem at its place', () => {
  const pipeline = (schedule: string) => `pipeline_id: p
schedule:
  cron: ${schedule}
steps: [{ name: load, type: ingest, source_config: sources/a.yml }]
`;
  const find = (schedule: string) =>
    problemsOf({ 'pipelines/p.yml': pipeline(schedule), 'sources/a.yml': sourceFile });
  const expected = 'expected minute hour day month weekday, such as 30 2 * * *';
  assert.deepEqual(find('30 2 * * *\n  timezone: Asia/Kolkata\n  jitter: 5m'), []);
  assert.deepEqual(find('0 0 30 2 *'), [
    `pipelines/p.yml:3:9: '0 0 30 2 *' is no cron expression that can be used: no day is like that, so it would never come; ${expected}`,
  ]);
  assert.deepEqual(find('0 25 * * *\n  timezone: Europe/Berln\n  jitter: 2d'), [
    `pipelines/p.yml:3:9: '0 25 * * *' is no cron expression that can be used: invalid value for hour: 25; ${expected}`,
    "pipelines/p.yml:4:13: there is no time zone 'Europe/Berln'; expected a name such as Europe/Berlin; did you mean 'Europe/Berlin'?",
    'pipelines/p.yml:5:11: a jitter of 2d is too long; expected at most 1d',
  ]);
});
