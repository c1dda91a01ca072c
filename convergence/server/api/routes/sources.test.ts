import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import { openTestApi } from '../test-api.fake.ts';
import type { TestApi } from '../test-api.fake.ts';

const SECRET = 'token-that-nobody-may-see';

/** Answers who sends the secret; elsewhere it throws it back. */
const server = createServer((request, response) => {
  const isKnown = request.headers.authorization === `Bearer ${SECRET}`;
  const isFine = isKnown && request.url?.startsWith('/orders');
  response.writeHead(isFine ? 200 : 422, { 'content-type': 'application/json' });
  const scolding = { error: `what is ${request.headers.authorization ?? ''}?` };
  response.end(JSON.stringify(isFine ? [{ id: 1, city: 'Ulm' }] : scolding));
});

let api: TestApi;
let key: string;

before(async () => {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  api = await openTestApi();
  key = await api.onboard('acme_corp');
  await api.writeConfig('acme_corp/secrets/token', SECRET);
  await api.writeConfig(
    'acme_corp/sources/shop.yml',
    `
type: rest_api
client:
  base_url: http://127.0.0.1:${port}
  auth: { type: bearer, token: "{{ secrets.token }}" }
  paginator: single_page
resources:
  - { name: orders, endpoint: { path: "orders" } }
  - { name: scold, endpoint: { path: "scold/{{ secrets.token }}" } }
`,
  );
});
after(async () => {
  await api.close();
  server.close();
});

const source = 'sources/shop.yml';

test('each resource of a source is reached with its secrets, and no answer shows them', async () => {
  const { body, text } = await api.call('POST /api/v1/sources/check', { key, body: { source } });
  const resources = body.resources as { name: string; ok: boolean; failure: unknown }[];
  assert.deepEqual(
    [body.ok, resources.map(({ name, ok }) => [name, ok])],
    [
      false,
      [
        ['orders', true],
        ['scold', false],
      ],
    ],
  );
  assert.match(JSON.stringify(resources[1]?.failure), /source_refused/);
  assert.doesNotMatch(text, new RegExp(SECRET));

  const one = { source, resource: 'orders' };
  const checked = await api.call('POST /api/v1/sources/check', { key, body: one });
  assert.equal(checked.body.ok, true);
});

test('a preview shows the first rows with the types of their columns', async () => {
  const preview = async (resource: string) =>
    await api.call('POST /api/v1/sources/preview', { key, body: { source, resource } });
  const { body } = await preview('orders');
  assert.deepEqual(
    (body.columns as { name: string }[]).map(({ name }) => name),
    ['id', 'city'],
  );
  assert.equal((body.rows as { city: string }[])[0]?.city, 'Ulm');

  const refused = await preview('scold');
  assert.deepEqual([refused.status, refused.body.code], [400, 'source_refused']);
  assert.doesNotMatch(refused.text, new RegExp(SECRET));
  assert.equal((await preview('nothing')).body.code, 'resource_absent');
});

test('a source that is not there is told, with those that are', async () => {
  const body = { source: 'sources/none.yml' };
  const reply = await api.call('POST /api/v1/sources/check', { key, body });
  const { code, hint } = reply.body;
  assert.deepEqual([code, hint], ['source_absent', 'There is sources/shop.yml.']);
});
