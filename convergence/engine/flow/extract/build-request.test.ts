import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildRequest, mayCarryCredentials } from './build-request.ts';

const client = {
  base_url: 'https://api.example.com/v1/',
  headers: { 'X-Team': '{resources.p.team}' },
};
const none = { query: {}, body: {} };
const endpoint = { path: 'items', method: 'GET' as const, headers: {}, params: {} };
const bindings = {
  'resources.p.id': 7,
  'resources.p.team': 'red',
  'resources.p.name': 'owner/repo x',
  'resources.p.up': '../admin',
  'resources.p.url': 'https://other.example.com/x/7',
  'incremental.start_value': null,
};
const urlOf = (more: object) =>
  buildRequest(client, { ...endpoint, ...more }, { bindings, changes: none }).url;

test('a request has its path, parameters, headers and body filled', () => {
  const filled = buildRequest(
    client,
    {
      path: 'items/{kind}/{resources.p.id}?fixed=1',
      method: 'post',
      headers: { 'X-Id': 'n{resources.p.id}' },
      params: {
        kind: 'a b',
        tag: ['x', 'y'],
        since: '{incremental.start_value}',
        on: true,
        off: null,
      },
      json: { id: '{resources.p.id}', query: '{ user { id } }', list: ['{resources.p.team}'] },
    },
    { bindings, changes: { query: { page: '2' }, body: { 'page.after': 'z' } } },
  );
  assert.deepEqual(filled, {
    method: 'POST',
    url: 'https://api.example.com/v1/items/a%20b/7?fixed=1&tag=x&tag=y&on=true&page=2',
    headers: { accept: 'application/json', 'x-team': 'red', 'x-id': 'n7' },
    body: '{"id":7,"query":"{ user { id } }","list":["red"],"page":{"after":"z"}}',
  });
});

test('a value keeps its slashes, but does not climb out of the path', () => {
  assert.equal(
    urlOf({ path: 'repos/{resources.p.name}/issues' }),
    'https://api.example.com/v1/repos/owner/repo%20x/issues',
  );
  assert.throws(() => urlOf({ path: 'x/{resources.p.up}' }), { code: 'config_invalid' });
});

test('whole URLs come from the config or from a parent', () => {
  assert.equal(urlOf({ path: '{resources.p.url}/more' }), 'https://other.example.com/x/7/more');
  assert.equal(urlOf({ path: 'https://third.example.com/' }), 'https://third.example.com/');
  assert.equal(urlOf({ path: '' }), 'https://api.example.com/v1/');
});

test('a placeholder without a value is an error', () => {
  for (const path of ['{resources.p.absent}', '{nothing}', 'a/{incremental.start_value}']) {
    assert.throws(() => urlOf({ path }), { code: 'config_invalid' }, path);
  }
});

test('credentials go to the origin of the source and its https only', () => {
  const may = (url: string, base = 'http://a.example/x') => mayCarryCredentials(url, base);
  assert.deepEqual(
    ['http://a.example/y', 'https://a.example/y', 'http://a.example:81/y', 'http://b.example/'].map(
      (url) => may(url),
    ),
    [true, true, false, false],
  );
  assert.equal(may('http://a.example/y', 'https://a.example/x'), false);
});
