import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import { openTestApi } from '../api/test-api.fake.ts';
import type { TestApi } from '../api/test-api.fake.ts';

const TOKEN = 'planted-token-4711';
const FILE_TOKEN = 'planted-file-token-4712';
const root = '/api/v1/credentials';

/** Gives its rows only to who has the token, and repeats what it was sent. */
const source = createServer((request, response) => {
  const sent = request.headers.authorization;
  const isRight = sent === `Bearer ${TOKEN}` || sent === `Bearer ${FILE_TOKEN}`;
  response.writeHead(isRight ? 200 : 401, { 'content-type': 'application/json' });
  response.end(JSON.stringify(isRight ? [{ id: 1 }] : { error: `bad ${sent}` }));
});
let api: TestApi;
let key: string;

before(async () => {
  await once(source.listen(0, '127.0.0.1'), 'listening');
  api = await openTestApi();
  key = await api.onboard('acme_corp');
  const { port } = source.address() as AddressInfo;
  await api.writeConfig(
    'acme_corp/sources/rows.yml',
    `client:
  base_url: http://127.0.0.1:${port}
  auth: { type: bearer, token: '{{ secrets.rows_token }}' }
resources:
  - { name: rows, endpoint: { path: rows, paginator: single_page } }
`,
  );
});
after(async () => {
  await api.close();
  source.close();
});

const put = (value: string, name = 'rows_token') =>
  api.call(`PUT ${root}/${name}`, { key, body: { value } });
const check = async () =>
  await api.call('POST /api/v1/sources/check', { key, body: { source: 'sources/rows.yml' } });

test('a source uses a credential as a secret; no answer and no log line shows it', async () => {
  const without = await check();
  assert.deepEqual([without.status, without.body.code], [422, 'config_invalid']);
  assert.match(without.text, /there is no secret 'rows_token'/);
  const made = await put('not the right one');
  const wrong = await check();
  const replaced = await put(TOKEN);
  const right = await check();
  assert.deepEqual([made.status, replaced.status], [201, 200]);
  assert.deepEqual([wrong.body.ok, right.body.ok], [false, true]);
  const list = await api.call(`GET ${root}`, { key });
  const { credentials } = list.body as { credentials: Record<string, unknown>[] };
  assert.deepEqual(
    credentials.map((one) => [one.name, one.created_by, Object.keys(one).length]),
    [['rows_token', key.slice(0, 10), 4]],
  );
  const said = [wrong, right, made, replaced, list].map(({ text }) => text);
  assert.doesNotMatch([...said, ...api.logLines].join('\n'), /planted|not the right one/);
});

test('a file wins over a credential of the same name, also one that is wrong', async () => {
  await put('not the right one');
  await api.writeConfig('acme_corp/secrets/rows_token', `${FILE_TOKEN}\n`);
  assert.equal((await check()).body.ok, true);
  await put(TOKEN);
  await api.writeConfig('acme_corp/secrets/rows_token', 'x'.repeat(70_000));
  const unusable = await check();
  assert.deepEqual([unusable.status, unusable.body.code], [400, 'secret_absent']);
});

test('names and values that cannot be are refused without repeating the value', async () => {
  for (const [name, value] of [
    ['.hidden', TOKEN],
    ['a b', TOKEN],
    ['ok', ''],
    ['ok', 'x'.repeat(65_537)],
  ] as const) {
    const reply = await put(value, encodeURIComponent(name));
    assert.equal(reply.status, 422, name);
    assert.doesNotMatch(reply.text, /planted|xxx/);
  }
  const absent = await api.call(`DELETE ${root}/nothing`, { key });
  assert.deepEqual([absent.status, absent.body.code], [404, 'credential_absent']);
  assert.equal((await api.call(`DELETE ${root}/rows_token`, { key })).status, 204);
});

test('the operator sees how much is under which master key', async () => {
  await put(TOKEN, 'counted');
  const { body } = await api.admin('GET /api/v1/admin/master-keys');
  const keys = body.master_keys as { is_newest: boolean; values: number }[];
  // The credential, and the pepper.
  assert.deepEqual(
    keys.map(({ is_newest, values }) => [is_newest, values]),
    [[true, 2]],
  );
  const rewrapped = await api.admin('POST /api/v1/admin/master-keys/rewrap');
  assert.deepEqual(rewrapped.body, { rewrapped: 0, refused: [] });
});

test('tables that are made anew keep the pepper, so keys live on after a restart', async () => {
  await api.admin('POST /api/v1/admin/bootstrap', { force_recreate_tables: true });
  const { body } = await api.admin('GET /api/v1/admin/master-keys');
  const keys = body.master_keys as { values: number }[];
  assert.deepEqual(
    keys.map(({ values }) => values),
    [1],
  );
});
