import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assert as assertProperty, property, string, stringMatching } from 'fast-check';
import { isOwnTag, nameRevision, nameTag } from './name-revision.ts';

const service = stringMatching(/^[a-z]([a-z0-9-]{0,38}[a-z0-9])?$/);

test('whatever the suffix, names fit Cloud Run and never repeat', () => {
  assertProperty(
    property(service, string(), string(), (name, suffix, other) => {
      const revisions = [suffix, other, suffix].reduce<{ name: string }[]>(
        (known, text) => [
          ...known,
          { name: nameRevision(name, text, { revisions: known as never, traffic: [] }) },
        ],
        [],
      );
      const names = revisions.map((revision) => revision.name);
      assert.equal(new Set(names).size, 3);
      for (const revision of names) {
        assert.match(revision, /^[a-z][a-z0-9-]{0,61}[a-z0-9]$/);
        assert.ok(revision.startsWith(`${name}-`));
      }
    }),
  );
});

test('tags fit together with the name of the service, and are known again', () => {
  assertProperty(
    property(service, string(), (name, suffix) => {
      const revision = nameRevision(name, suffix, null);
      const tag = nameTag(name, revision, null);
      const second = nameTag(name, revision, { traffic: [{ revision: 'x', percent: 0, tag }] });
      assert.notEqual(second, tag);
      for (const one of [tag, second]) {
        assert.match(one, /^[a-z][a-z0-9-]*[a-z0-9]$/);
        assert.ok(one.length + name.length <= 46);
        assert.ok(isOwnTag(name, revision, one));
      }
      assert.ok(!isOwnTag(name, revision, 'green'));
    }),
  );
});

test('of a long suffix its end is kept, which makes it unique', () => {
  const long = 'a'.repeat(40);
  assert.equal(
    nameRevision(long, 'version-of-the-shop-00a1b', null),
    `${long}-sion-of-the-shop-00a1b`,
  );
  assert.equal(nameTag(long, `${long}-sion-of-the-shop-00a1b`, null), 'v-0a1b');
});
