import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type {
  CursorWindow,
  PageReader,
  PageRequest,
} from '../../../engine/flow/extract/page-reader.ts';
import { createPageReader } from './page-reader.ts';

let folder: string;
let reader: PageReader;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'page-reader-'));
  reader = await createPageReader();
});
after(async () => {
  await reader.close();
  await rm(folder, { recursive: true });
});

async function bodyOf(content: string | Uint8Array) {
  const path = join(folder, "it's a body.json");
  await writeFile(path, content);
  return { path, label: 'GET http://source/items (200)' };
}

async function read(content: string, request: Partial<PageRequest> = {}) {
  const target = join(folder, 'target.ndjson');
  const { lines: small, ...facts } = await reader.readPage({
    body: await bodyOf(content),
    target,
    selector: '$',
    selectorProven: false,
    values: [],
    cursor: null,
    constants: {},
    ...request,
  });
  const text = small ? Buffer.from(small).toString() : await readFile(target, 'utf8');
  const lines = text.split('\n').slice(0, -1);
  return { facts, lines };
}

async function fieldsOf(parts: string[], fields: string[]) {
  const found: unknown[] = [];
  for await (const record of reader.readFields(parts, fields)) found.push(record);
  return found;
}

const window: CursorWindow = {
  path: 'at',
  start: null,
  end: null,
  rangeStart: 'closed',
  rangeEnd: 'open',
  onMissing: 'raise',
  seen: [],
};

test('a page becomes one line a record, with the values that a paginator asks for', async () => {
  const page =
    '{"items": [ {"id": 1,\n "name": "Zoë, \\"x\\"\\n"}, {"id": 2} ],\n "paging": {"next": "/2", "total": 12345678901234567890, "more": true}}';
  const { facts, lines } = await read(page, {
    selector: 'items',
    values: ['paging.next', '$.paging.total', 'paging.more', 'paging.absent'],
  });
  assert.deepEqual(facts, {
    rowsInPage: 2,
    rowsWritten: 2,
    digest: facts.digest,
    values: {
      'paging.next': '/2',
      '$.paging.total': '12345678901234567890',
      'paging.more': true,
      'paging.absent': null,
    },
    cursorMin: null,
    cursorMax: null,
    atCursorMax: [],
  });
  assert.deepEqual(lines, ['{"id":1,"name":"Zoë, \\"x\\"\\n"}', '{"id":2}']);
});

test('selectors find lists, single records, matches of wildcards, and wrap what is no object', async () => {
  const lines = async (page: string, selector: string) => (await read(page, { selector })).lines;
  assert.deepEqual(await lines('[{"a":1},null,5,[6]]', '$'), [
    '{"a":1}',
    '{"value":5}',
    '{"value":[6]}',
  ]);
  assert.deepEqual(await lines('{"a":{"b":1}}', '$'), ['{"a":{"b":1}}']);
  assert.deepEqual(await lines('{"a":{"b":1}}', 'a'), ['{"b":1}']);
  assert.deepEqual(await lines('{"a":[{"u":[{"i":1},{"i":2}]},{"u":[{"i":3}]}]}', 'a[*].u'), [
    '{"i":1}',
    '{"i":2}',
    '{"i":3}',
  ]);
  assert.deepEqual(await lines('{"a b":{"x":{"i":1},"y":{"i":2}}}', "$['a b'].*"), [
    '{"i":1}',
    '{"i":2}',
  ]);
  assert.deepEqual(await lines('{"a":null}', 'a'), []);
  assert.deepEqual(await lines('{"a":[]}', 'a'), []);
  assert.deepEqual(await lines('{"a":[]}', 'a[*]'), []);
  assert.deepEqual(await lines('{"a":[[{"i":1}],[{"i":2}]]}', 'a[-1]'), ['{"i":2}']);
});

test('a selector that finds nothing is a mistake, unless it was right before', async () => {
  await assert.rejects(read('{"data":[]}', { selector: 'items' }), {
    code: 'source_selector_empty',
    message:
      "The data_selector 'items' finds nothing in the response of GET http://source/items (200)",
  });
  await assert.rejects(read('{"items":7}', { selector: 'items' }), { message: /finds a number/ });
  await assert.rejects(read('{"data":[]}', { selector: 'items[*]' }), { message: /finds nothing/ });
  const { facts } = await read('{"data":[]}', { selector: 'items', selectorProven: true });
  assert.equal(facts.rowsInPage, 0);
});

test('constants are added to every record and win over fields of the same name', async () => {
  const constants = { _posts_id: 7, _posts_title: "it's", _posts_none: null };
  const { lines } = await read('[{"id":1},{},{"_posts_id":"x"}]', { constants });
  assert.deepEqual(lines, [
    '{"id":1,"_posts_id":7,"_posts_title":"it\'s"}',
    '{"_posts_id":7,"_posts_title":"it\'s"}',
    '{"_posts_id":7,"_posts_title":"it\'s"}',
  ]);
});

test('what is not JSON is shown', async () => {
  await assert.rejects(read('<html>Please log in</html>'), (error: Error & { code: string }) => {
    assert.equal(error.code, 'source_not_json');
    assert.match(error.message, /GET http:\/\/source\/items \(200\) is not JSON .*Please log in/);
    return true;
  });
  await assert.rejects(read('{"items":[{"id":1},'), { code: 'source_not_json' });
  const latin = await bodyOf(Buffer.from('{"a":"\xe9"}', 'latin1'));
  await assert.rejects(reader.readOutline(latin), { code: 'source_not_json' });
});

test('a path to an object is no value of a paginator', async () => {
  await assert.rejects(read('{"next":{"href":"/2"}}', { values: ['next'] }), {
    code: 'source_paging_broken',
  });
});

test('times in several forms compare by the moment', async () => {
  const page = JSON.stringify([
    { at: '2024-01-01T00:00:00.5Z' },
    { at: '2024-01-01T00:00:00Z' },
    { at: '2024-01-01T01:30:00+02:00' },
    { at: '2024-01-02' },
  ]);
  const { facts, lines } = await read(page, {
    cursor: { ...window, start: '2024-01-01T00:00:00Z', end: '2024-01-02T00:00:00Z' },
  });
  assert.equal(facts.rowsInPage, 4);
  assert.equal(facts.cursorMin, '2024-01-01T01:30:00+02:00');
  assert.equal(facts.cursorMax, '2024-01-02');
  assert.deepEqual(lines, ['{"at":"2024-01-01T00:00:00.5Z"}', '{"at":"2024-01-01T00:00:00Z"}']);
});

test('numbers beyond 2^53 stay exact, and open and closed ends count', async () => {
  const page = '[{"at":9007199254740993},{"at":9007199254740992},{"at":9007199254740994}]';
  const open = { ...window, start: '9007199254740992', end: '9007199254740994' };
  const left = await read(page, { cursor: { ...open, rangeStart: 'open' } });
  assert.deepEqual(left.lines, ['{"at":9007199254740993}']);
  assert.equal(left.facts.cursorMax, '9007199254740994');
  const right = await read(page, { cursor: { ...open, rangeEnd: 'closed' } });
  assert.equal(right.facts.rowsWritten, 3);
});

test('records at the start that an earlier load took are left out', async () => {
  const first = await read('[{"at":5,"id":1},{"at":5,"id":2},{"at":4,"id":0}]', { cursor: window });
  assert.equal(first.facts.atCursorMax.length, 2);
  const again = await read('[{"at":5,"id":1},{"at":5,"id":2},{"at":5,"id":3},{"at":6,"id":4}]', {
    cursor: { ...window, start: 5, seen: first.facts.atCursorMax },
  });
  assert.deepEqual(again.lines, ['{"at":5,"id":3}', '{"at":6,"id":4}']);
});

test('records without a cursor are raised, included or excluded', async () => {
  const page = '[{"at":1},{"at":null},{"id":9},{"at":"soon"}]';
  const kept = async (onMissing: CursorWindow['onMissing']) =>
    (await read(page, { cursor: { ...window, start: 0, onMissing } })).lines.length;
  assert.equal(await kept('include'), 4);
  assert.equal(await kept('exclude'), 1);
  await assert.rejects(kept('raise'), (error: Error & { code: string }) => {
    assert.equal(error.code, 'cursor_value_missing');
    assert.match(error.message, /^3 of 4 records .* have no number at the cursor_path 'at'/);
    return true;
  });
});

test('an outline shows what lies outside of the lists', async () => {
  const page =
    '{"data":[{"next":"no"}],"meta":{"a b":{"next_url":"/x"},"pages":3},"ok":true,"none":null}';
  assert.deepEqual(await reader.readOutline(await bodyOf(page)), {
    root: 'object',
    members: [
      { path: '$.data', type: 'array', value: null },
      { path: '$.meta', type: 'object', value: null },
      { path: '$.meta."a b"', type: 'object', value: null },
      { path: '$.meta."a b".next_url', type: 'string', value: '/x' },
      { path: '$.meta.pages', type: 'number', value: 3 },
      { path: '$.ok', type: 'boolean', value: true },
      { path: '$.none', type: 'null', value: null },
    ],
  });
  assert.deepEqual(await reader.readOutline(await bodyOf('[1,2]')), { root: 'array', members: [] });
});

test('fields of parents come distinct and in a fixed order', async () => {
  const part = join(folder, 'parents.ndjson');
  await writeFile(part, '{"id":2,"o":{"n":"b"}}\n{"id":1,"o":{"n":"a"}}\n{"id":2,"o":{"n":"b"}}\n');
  const found = await fieldsOf([part], ['id', 'o.n']);
  assert.deepEqual(found, [
    { id: 1, 'o.n': 'a' },
    { id: 2, 'o.n': 'b' },
  ]);
  assert.deepEqual(await fieldsOf([], ['id']), []);
});

test('a long list comes through whole, with a cursor and without', async () => {
  const records = Array.from({ length: 12_000 }, (_, id) => ({ at: id, name: `Zoë ${id}` }));
  const lines = records.map((record) => JSON.stringify(record));
  const page = `{"items":[${lines.join(',\n')}]}`;
  assert.deepEqual((await read(page, { selector: 'items' })).lines, lines);
  const large = records.map((record) => ({ ...record, note: 'x'.repeat(400) }));
  const texts = large.map((record) => JSON.stringify(record));
  assert.deepEqual((await read(`[${texts.join(',')}]`)).lines, texts);
  const cursor = { ...window, start: 11_990 };
  const late = await read(page, { selector: 'items', cursor });
  assert.deepEqual(late.lines, lines.slice(11_990));
  assert.deepEqual([late.facts.rowsInPage, late.facts.cursorMax], [12_000, 11_999]);
});
