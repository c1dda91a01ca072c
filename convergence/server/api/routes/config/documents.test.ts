import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openTestApi } from '../../test-api.fake.ts';
import type { TestApi } from '../../test-api.fake.ts';

const root = '/api/v1/configs';
const CHECKS = 'table: orders\nrules:\n  - { rule: not_be_null, column: id }\n';
const PIPELINE = `pipeline_id: nightly
steps:
  - { name: look, type: dq, checks: checks/orders.yml }
`;

let api: TestApi;
let key: string;
before(async () => {
  api = await openTestApi();
  key = await api.onboard('acme_corp');
});
after(() => api.close());

async function put(path: string, text: string, headers: Record<string, string> = {}) {
  const sent = { 'content-type': 'application/yaml', ...headers };
  return api.call(`PUT ${path}`, { key, body: text, headers: sent });
}

const get = (route: string) => api.call(`GET ${root}/${route}`, { key });

test('a document is validated with the others, and every mistake is told with its place', async () => {
  const refused = await put(`${root}/pipelines/nightly.yml`, PIPELINE);
  assert.deepEqual([refused.status, refused.body.code], [422, 'config_invalid']);
  const { problems } = refused.body.details as { problems: Record<string, unknown>[] };
  const places = problems.map(({ file, line, column }) => [file, line, column]);
  assert.deepEqual(places, [['pipelines/nightly.yml', 3, 37]]);
  const two = await put(`${root}/checks/orders.yml`, 'table: 7\nrules:\n  - rule: be_nice\n');
  assert.equal((two.body.details as { problems: unknown[] }).problems.length, 2);
  assert.equal((await get('checks/orders.yml')).status, 404);

  const written = await put(`${root}/checks/orders.yml`, CHECKS);
  assert.deepEqual([written.status, written.headers.etag], [201, '"1"']);
  const { changed_at: changedAt, changed_by: changedBy, ...rest } = written.body;
  assert.match(String(changedAt), /^\d{4}-/);
  assert.match(String(changedBy), /^cvg_/);
  const document = { path: 'checks/orders.yml', origin: 'api', version: 1, content: CHECKS };
  assert.deepEqual(rest, document);
  assert.equal((await put(`${root}/pipelines/nightly.yml`, PIPELINE)).status, 201);
  const again = await put(`${root}/checks/orders.yml`, CHECKS);
  assert.deepEqual([again.status, again.body.version], [200, 1]);

  const needed = await api.call(`DELETE ${root}/checks/orders.yml`, { key });
  assert.deepEqual([needed.status, needed.body.code], [422, 'config_invalid']);
  const list = (await api.call('GET /api/v1/pipelines', { key })).body;
  assert.deepEqual(
    (list.pipelines as { pipeline_id: string; runnable: boolean }[]).map((one) => [
      one.pipeline_id,
      one.runnable,
    ]),
    [['nightly', true]],
  );
});

test('versions are kept, compared, brought back, and replaced only by who has seen them', async () => {
  const path = `${root}/transforms/daily.sql`;
  await put(path, 'SELECT 1 AS day\n', { 'if-none-match': '*' });
  const second = await put(path, 'SELECT 2 AS day\n', { 'if-match': '"1"' });
  assert.deepEqual([second.status, second.headers.etag], [200, '"2"']);
  const conditions: Record<string, string>[] = [{ 'if-match': '"1"' }, { 'if-none-match': '*' }];
  for (const headers of conditions) {
    const late = await put(path, 'SELECT 3 AS day\n', headers);
    assert.deepEqual(
      [late.status, late.body.code, late.body.details],
      [412, 'version_conflict', { version: 2 }],
    );
  }
  assert.equal((await put(path, 'SELECT 3\n', { 'if-match': 'two' })).status, 422);

  const { body: diff } = await get('transforms/daily.sql/diff');
  assert.equal(
    diff.diff,
    [
      '===================================================================',
      '--- transforms/daily.sql version 1',
      '+++ transforms/daily.sql version 2',
      '@@ -1,1 +1,1 @@',
      '-SELECT 1 AS day',
      '+SELECT 2 AS day',
      '',
    ].join('\n'),
  );
  const back = await api.call(`POST ${path}/rollback`, { key, body: { version: 1 } });
  assert.deepEqual([back.body.version, back.body.content], [3, 'SELECT 1 AS day\n']);
  const deleted = await api.call(`DELETE ${path}`, { key, headers: { 'if-match': '"3"' } });
  assert.deepEqual(deleted.body, { path: 'transforms/daily.sql', version: 4 });
  assert.equal((await get('transforms/daily.sql')).status, 404);
  assert.equal((await get('transforms/daily.sql?version=2')).body.content, 'SELECT 2 AS day\n');

  const page = (await get('transforms/daily.sql/versions?limit=3')).body;
  const rest = (await get(`transforms/daily.sql/versions?cursor=${String(page.next_cursor)}`)).body;
  const shown = [page, rest].flatMap(({ versions }) =>
    (versions as { version: number; deleted: boolean }[]).map((one) => [one.version, one.deleted]),
  );
  assert.deepEqual(shown, [
    [4, true],
    [3, false],
    [2, false],
    [1, false],
  ]);
  const gone = await api.call(`POST ${path}/rollback`, { key, body: { version: 4 } });
  assert.deepEqual([gone.status, gone.body.code], [404, 'document_absent']);
  const reborn = await put(path, 'SELECT 5 AS day\n', { 'if-none-match': '*' });
  assert.equal(reborn.body.version, 5);
});

test('of two changes of the same version one is refused', async () => {
  const path = `${root}/transforms/raced.sql`;
  const texts = Array.from({ length: 8 }, (_, nr) => `SELECT ${nr} AS nr\n`);
  const replies = await Promise.all(texts.map((text) => put(path, text, { 'if-none-match': '*' })));
  const codes = replies.map(({ status }) => status).toSorted((a, b) => a - b);
  assert.deepEqual(codes, [201, 412, 412, 412, 412, 412, 412, 412]);
});

test('a path that is a file belongs to the files, and hides a document', async () => {
  const own = await api.onboard('files_corp');
  const path = `${root}/transforms/daily.sql`;
  const send = (body: string) =>
    api.call(`PUT ${path}`, { key: own, body, headers: { 'content-type': 'text/plain' } });
  assert.equal((await send('SELECT 1 AS day\n')).status, 201);
  await api.writeConfig('files_corp/transforms/daily.sql', 'SELECT 2 AS day\n');
  const refused = await send('SELECT 3 AS day\n');
  assert.deepEqual([refused.status, refused.body.code], [409, 'document_is_file']);
  const { body } = await api.call(`GET ${path}`, { key: own });
  assert.deepEqual([body.origin, body.content], ['file', 'SELECT 2 AS day\n']);
  const list = await api.call(`GET ${root}`, { key: own });
  const file = { origin: 'file', version: null, changed_at: null, changed_by: null };
  assert.deepEqual(list.body.documents, [
    { ...file, path: 'transforms/daily.sql', hidden_version: 1 },
  ]);
});

test('a pipeline is written and deleted by its id', async () => {
  const url = '/api/v1/pipelines/weekly';
  const text = PIPELINE.replace('nightly', 'weekly');
  const other = await put(url, PIPELINE);
  assert.deepEqual([other.status, other.body.code], [422, 'request_invalid']);
  const written = await put(url, text);
  assert.deepEqual([written.status, written.body.path], [201, 'pipelines/weekly.yml']);
  assert.equal((await api.call(`GET ${url}`, { key })).body.pipeline_id, 'weekly');
  const deleted = await api.call(`DELETE ${url}`, { key });
  assert.deepEqual(deleted.body, { path: 'pipelines/weekly.yml', version: 2 });
  assert.equal((await api.call(`GET ${url}`, { key })).status, 404);
  assert.equal((await api.call(`DELETE ${url}`, { key })).status, 404);
});

test('no path leaves the folders of configs', async () => {
  const paths = [
    'transforms/..%2F..%2Fother.sql',
    'transforms/.hidden.sql',
    'transforms/%2Fetc%2Fpasswd.sql',
    'transforms/a%5Cb.sql',
    'secrets/token.yml',
    'checks/notes.md',
    `checks/${'a'.repeat(160)}.yml`,
  ];
  for (const path of paths) assert.equal((await put(`${root}/${path}`, CHECKS)).status, 422, path);
  const json = await api.call(`PUT ${root}/checks/more.yml`, { key, body: { table: 'orders' } });
  assert.equal(json.status, 422);
  const theirs = await api.onboard('other_corp');
  const read = await api.call(`GET ${root}/checks/orders.yml`, { key: theirs });
  assert.deepEqual([read.status, read.body.code], [404, 'document_absent']);
});
