import assert from 'node:assert/strict';
import { test } from 'node:test';
import { restSourceSpec } from '../../pipeline/spec/rest-source-spec.ts';
import { resolveResources } from './resolve-resources.ts';

const resolve = (resources: unknown[], defaults?: unknown) =>
  resolveResources(
    restSourceSpec.parse({
      type: 'rest_api',
      client: { base_url: 'http://x' },
      resource_defaults: defaults,
      resources,
    }),
  );

test('defaults are merged: a resource wins, params and headers add up', () => {
  const [resource] = resolve([{ name: 'a', endpoint: { path: 'b', params: { q: 2 } } }], {
    endpoint: {
      method: 'POST',
      params: { q: 1, size: 9 },
      data_selector: 'data',
      paginator: 'json_link',
    },
  });
  assert.deepEqual(resource?.endpoint, {
    path: 'b',
    method: 'POST',
    headers: {},
    params: { q: 2, size: 9 },
    data_selector: 'data',
    paginator: { type: 'json_link', next_url_path: 'next' },
    response_actions: [],
  });
});

test('a child stands after its parent, with the fields that it takes of it', () => {
  const old = {
    path: 'posts/{post_id}/likes',
    params: { post_id: { type: 'resolve', resource: 'posts', field: 'id' } },
  };
  const order = resolve([
    { name: 'replies', endpoint: 'comments/{resources.comments.key}/replies' },
    {
      name: 'comments',
      endpoint: { params: { post: '{resources.posts.meta.id}' } },
      include_from_parent: ['title'],
    },
    { name: 'likes', endpoint: old },
    'posts',
  ]).map(({ name, parent, endpoint }) => [name, parent, endpoint.path]);
  assert.deepEqual(order, [
    ['posts', null, 'posts'],
    ['comments', { name: 'posts', fields: ['meta.id', 'title'] }, 'comments'],
    ['replies', { name: 'comments', fields: ['key'] }, 'comments/{resources.comments.key}/replies'],
    ['likes', { name: 'posts', fields: ['id'] }, 'posts/{post_id}/likes'],
  ]);
});

test('a path that ends with a placeholder is one record, as in dlt', () => {
  const [, one] = resolve(['posts', { name: 'post', endpoint: 'posts/{resources.posts.id}' }]);
  assert.deepEqual(
    [one?.endpoint.paginator, one?.endpoint.data_selector],
    [{ type: 'single_page' }, '$'],
  );
});

test('parents that cannot be are refused', () => {
  const wrong = (...resources: unknown[]) =>
    assert.throws(() => resolve(resources), { code: 'config_invalid' });
  wrong({ name: 'a', endpoint: 'x/{resources.none.id}/y' });
  wrong({ name: 'a', endpoint: 'x/{resources.a.id}/y' });
  wrong(
    { name: 'a', endpoint: 'x/{resources.b.id}/y' },
    { name: 'b', endpoint: 'x/{resources.a.id}/y' },
  );
  wrong('b', 'c', { name: 'a', endpoint: 'x/{resources.b.id}/{resources.c.id}/y' });
  wrong({ name: 'a', include_from_parent: ['id'] });
});
