import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseJsonPath } from './json-path.ts';

test('names, quoted names, indexes and wildcards are read', () => {
  const parsed = (text: string) =>
    parseJsonPath(text)
      .flatMap((step) => Object.values<string | number>(step))
      .join(' | ');
  assert.equal(parsed('$'), '');
  assert.equal(parsed(''), '');
  assert.equal(parsed('a.b-c.d_1'), 'a | b-c | d_1');
  assert.equal(parsed('$.items[*].id'), 'items | item | id');
  assert.equal(parsed('items.[*].id'), 'items | item | id');
  assert.equal(parsed('[0].a[-1]'), '0 | a | -1');
  assert.equal(parsed('groups.*.users'), 'groups | member | users');
  assert.equal(parsed(`$['a b']["c.d"]."@odata.nextLink"`), 'a b | c.d | @odata.nextLink');
  assert.equal(parsed(String.raw`$['it\'s']`), "it's");
});

test('what DuckDB has no path for is refused with what there is', () => {
  for (const text of ['$..id', 'a[?(@.b>1)]', 'a[1:2]', "a['x','y']", 'a[', 'a b']) {
    assert.throws(() => parseJsonPath(text), { code: 'config_invalid' }, text);
  }
});
