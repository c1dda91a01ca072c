import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import type { Extraction } from '../../engine/flow/source.ts';
import { restSourceSpec } from '../../engine/pipeline/spec/rest-source-spec.ts';
import { RestBench, status } from './rest-bench.fake.ts';
import type { Asked } from './rest-bench.fake.ts';

let bench: RestBench;
before(async () => {
  bench = await RestBench.start();
});
after(() => bench.close());

const day = (number: number, id = number) => ({ id, at: `2024-01-0${number}T00:00:00Z` });
const since = { cursor_path: 'at', initial_value: '2024-01-02T00:00:00Z', start_param: 'since' };
const incremental = (more: object = {}) => ({
  paginator: 'single_page',
  incremental: { ...since, ...more },
});
const stateAt = (cursor: string) => ({ cursor, at_cursor: [] });
const ids = (records: readonly unknown[]) => records.map((record) => (record as { id: number }).id);

test('an incremental load goes on where the last one ended, and takes no record twice', async () => {
  bench.serve(() => [day(1), day(2), day(3), { ...day(3), id: 33 }]);
  const first = await bench.run(bench.spec(incremental()));
  assert.deepEqual(ids(first.records), [2, 3, 33]);
  assert.equal(bench.asked[0]?.url.search, '?since=2024-01-02T00%3A00%3A00Z');
  const { state } = first.extraction;
  assert.equal(state.cursor, '2024-01-03T00:00:00Z');

  const nothing = await bench.run(bench.spec(incremental()), { state });
  assert.equal(bench.asked[1]?.url.search, '?since=2024-01-03T00%3A00%3A00Z');
  assert.deepEqual(
    [nothing.records, nothing.extraction],
    [[], { parts: [], state, unchanged: true }],
  );

  bench.serve(() => [day(3), { ...day(3), id: 34 }, day(4)]);
  const second = await bench.run(bench.spec(incremental()), { state });
  assert.deepEqual(ids(second.records), [34, 4]);
  assert.equal(second.extraction.state.cursor, '2024-01-04T00:00:00Z');
});

test('the cursor never moves back', async () => {
  bench.serve(() => [day(1), day(2)]);
  const { extraction } = await bench.run(bench.spec(incremental({ lag: '7d' })), {
    state: stateAt('2024-01-05T00:00:00Z'),
  });
  assert.equal(extraction.state.cursor, '2024-01-05T00:00:00Z');
});

test('a lag reads again, but not behind the initial value', async () => {
  bench.serve(() => [1, 2, 3, 4, 5].map((number) => day(number)));
  const state = stateAt('2024-01-05T00:00:00Z');
  const read = async (lag: unknown) =>
    ids((await bench.run(bench.spec(incremental({ lag })), { state })).records);
  assert.deepEqual(await read('1d'), [4, 5]);
  assert.deepEqual(await read(86_400), [4, 5]);
  assert.deepEqual(await read('90d'), [2, 3, 4, 5]);
});

test('a range with an end is a backfill: it has its bounds and leaves the state alone', async () => {
  bench.serve(() => [1, 2, 3, 4, 5].map((number) => day(number)));
  const state = stateAt('2024-01-05T00:00:00Z');
  const range = { end_value: '2024-01-04T00:00:00Z', end_param: 'until' };
  const read = async (more: object) =>
    bench.run(bench.spec(incremental({ ...range, ...more })), { state });
  const closed = await read({});
  assert.deepEqual(ids(closed.records), [2, 3]);
  assert.deepEqual(closed.extraction.state, state);
  assert.equal(bench.asked[0]?.url.searchParams.get('until'), '2024-01-04T00:00:00Z');
  assert.deepEqual(ids((await read({ range_start: 'open', range_end: 'closed' })).records), [3, 4]);
});

test('sorted pages stop at the end of the range', async () => {
  const pages = [[day(9), day(8)], [day(7), day(4)], [day(3), day(2)], [day(1)]];
  bench.serve(({ url }) => pages[Number(url.searchParams.get('page'))] ?? []);
  const paginator = { type: 'page_number', total_path: null };
  const spec = bench.spec({ paginator, incremental: { cursor_path: 'at', row_order: 'desc' } });
  const { records } = await bench.run(spec, { state: stateAt('2024-01-04T00:00:00Z') });
  assert.deepEqual(ids(records), [9, 8, 7, 4]);
  assert.equal(bench.asked.length, 3);
});

test('a param of type incremental and placeholders carry the window', async () => {
  bench.serve(() => [{ id: 7 }]);
  const spec = bench.spec({
    method: 'POST',
    paginator: 'single_page',
    params: { from: { type: 'incremental', cursor_path: 'id', initial_value: 5 } },
    json: { filter: { since: '{incremental.start_value}', note: 'from {incremental.last_value}' } },
  });
  const { extraction } = await bench.run(spec);
  assert.equal(bench.asked[0]?.url.search, '?from=5');
  assert.equal(bench.asked[0]?.body, '{"filter":{"since":5,"note":"from 5"}}');
  assert.equal(extraction.state.cursor, 7);
});

test('a record without a cursor ends the load', async () => {
  bench.serve(() => [day(2), { id: 5 }]);
  await assert.rejects(bench.run(bench.spec(incremental())), { code: 'cursor_value_missing' });
});

/** Posts, and their comments in two pages each. */
function blog(posts: number) {
  const client = { base_url: bench.origin };
  const comments = {
    path: 'posts/{resources.posts.id}/comments',
    paginator: { type: 'page_number', total_path: 'pages', base_page: 1 },
    data_selector: 'list',
  };
  const source = restSourceSpec.parse({
    type: 'rest_api',
    client,
    resources: [
      { name: 'comments', endpoint: comments, include_from_parent: ['id', 'title'] },
      { name: 'posts', endpoint: { data_selector: 'posts' } },
    ],
  });
  const answer = ({ url }: Asked) => {
    const [, , post, child] = url.pathname.split('/');
    const page = Number(url.searchParams.get('page'));
    if (child) return { list: [{ c: `${post}-${page}a` }, { c: `${post}-${page}b` }], pages: 2 };
    return { posts: Array.from({ length: posts }, (_, i) => ({ id: i + 1, title: `t${i % 2}` })) };
  };
  const children = Array.from({ length: posts }, (_, i) => i + 1).flatMap((id) =>
    ['1a', '1b', '2a', '2b'].map((c) => ({
      c: `${id}-${c}`,
      _posts_id: id,
      _posts_title: `t${(id - 1) % 2}`,
    })),
  );
  return { source, answer, children };
}

const byText = (records: readonly unknown[]) =>
  records.map((record) => JSON.stringify(record)).toSorted();

async function extractPosts(source: ReturnType<typeof restSourceSpec.parse>): Promise<Extraction> {
  return (await bench.run(source, { resource: 'posts' })).extraction;
}

test('children are read for each parent, with fields of it', async () => {
  const { source, answer, children } = blog(3);
  bench.serve(answer);
  const parents = { posts: await extractPosts(source) };
  const { records, extraction } = await bench.run(source, { resource: 'comments', parents });
  assert.deepEqual(byText(records), byText(children));
  assert.equal(extraction.parts.length, 1);
});

test('a resource is done once: asked again, it answers from its folder', async () => {
  bench.serve(() => [{ id: 1 }]);
  const folder = await bench.folder();
  const spec = bench.spec({ paginator: 'single_page' });
  const first = await bench.run(spec, { folder });
  assert.deepEqual(await bench.run(spec, { folder }), first);
  assert.equal(bench.asked.length, 1);
});

const PAGINATORS = {
  'one page at a time': 'json_link',
  'two pages at a time': { type: 'page_number', base_page: 1, total_path: 'pages' },
};

for (const [how, paginator] of Object.entries(PAGINATORS)) {
  test(`an extraction that broke off at any page goes on there, with each record once, ${how}`, async () => {
    const pages = 5;
    const pageOf = ({ url }: Asked) => Number(url.searchParams.get('page') ?? 1);
    const answer = (asked: Asked) => {
      const page = pageOf(asked);
      const next = page < pages ? `?page=${page + 1}` : null;
      return { data: [{ id: page * 10 }, { id: page * 10 + 1 }], next, pages };
    };
    const spec = bench.spec({ paginator });
    bench.serve(answer);
    const whole = (await bench.run(spec)).records;
    for (let broken = 1; broken <= pages; broken++) {
      const folder = await bench.folder();
      bench.serve((asked) => (pageOf(asked) === broken ? status(400) : answer(asked)));
      await assert.rejects(bench.run(spec, { folder }), { code: 'source_refused' });
      bench.serve(answer);
      assert.deepEqual((await bench.run(spec, { folder })).records, whole, `broken at ${broken}`);
      assert.equal(bench.asked.length, pages - broken + 1, `asked after ${broken}`);
      const kept = (await readdir(folder)).toSorted();
      assert.deepEqual(kept, ['checkpoint.json', 'part-000001.ndjson']);
    }
  });
}

test('children that broke off at any request go on there, with each record once', async () => {
  const { source, answer, children } = blog(6);
  bench.serve(answer);
  const parents = { posts: await extractPosts(source) };
  for (let broken = 1; broken <= 12; broken += 3) {
    const folder = await bench.folder();
    bench.serve((asked) => (bench.asked.length === broken ? status(400) : answer(asked)));
    const run = () => bench.run(source, { resource: 'comments', parents, folder });
    await assert.rejects(run(), { code: 'source_refused' });
    bench.serve(answer);
    assert.deepEqual(byText((await run()).records), byText(children), `broken at ${broken}`);
  }
});

test('another config or state does not go on in an old folder', async () => {
  bench.serve(() => [day(5)]);
  const folder = await bench.folder();
  await bench.run(bench.spec(incremental()), { folder });
  await bench.run(bench.spec(incremental()), { folder, state: stateAt('2024-01-04T00:00:00Z') });
  assert.equal(bench.asked.length, 2);
});
