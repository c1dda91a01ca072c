import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { after, before, test } from 'node:test';
import { RestBench, status } from './rest-bench.fake.ts';
import type { Asked } from './rest-bench.fake.ts';

let bench: RestBench;
before(async () => {
  bench = await RestBench.start();
});
after(() => bench.close());

const all = [1, 2, 3, 4, 5].map((id) => ({ id }));
const page = (number: number) => all.slice((number - 1) * 2, number * 2);
const numberIn = ({ url }: Asked, param: string, otherwise: number) =>
  Number(url.searchParams.get(param) ?? otherwise);

test('json_link follows absolute and relative links and keeps the headers', async () => {
  bench.serve((asked) => {
    const number = numberIn(asked, 'p', 1);
    const links = ['', '/api/items?p=2', `${bench.origin}/api/items?p=3`, null];
    return { items: page(number), paging: { next: links[number] } };
  });
  const paginator = { type: 'json_link', next_url_path: 'paging.next' };
  const endpoint = {
    paginator,
    data_selector: 'items',
    params: { size: 2 },
    headers: { 'X-A': 'b' },
  };
  assert.deepEqual((await bench.run(bench.spec(endpoint))).records, all);
  assert.deepEqual(bench.paths, ['/api/items?size=2', '/api/items?p=2', '/api/items?p=3']);
  assert.deepEqual(
    bench.asked.map(({ headers }) => headers['x-a']),
    ['b', 'b', 'b'],
  );
});

test('header_link follows the relation in the Link header', async () => {
  bench.serve((asked) => {
    const number = numberIn(asked, 'p', 1);
    const link =
      number < 3 ? { link: `<?p=1>; rel="first", <?p=${number + 1}>; rel="next"` } : undefined;
    return status(200, { ...link }, JSON.stringify(page(number)));
  });
  const { records } = await bench.run(bench.spec({ paginator: 'header_link' }));
  assert.deepEqual(records, all);
});

test('header_cursor sends the cursor of the header', async () => {
  bench.serve((asked) => {
    const number = numberIn(asked, 'from', 1);
    const headers = number < 3 ? { 'X-Next': String(number + 1) } : undefined;
    return status(200, { ...headers }, JSON.stringify(page(number)));
  });
  const paginator = { type: 'header_cursor', cursor_key: 'X-Next', cursor_param: 'from' };
  assert.deepEqual((await bench.run(bench.spec({ paginator }))).records, all);
});

test('cursor goes into a parameter, or into the body of a POST', async () => {
  bench.serve((asked) => {
    const inBody = JSON.parse(asked.body || '{}') as { page?: { after?: string } };
    const number = Number(inBody.page?.after ?? asked.url.searchParams.get('after') ?? 1);
    return { data: page(number), next: number < 3 ? number + 1 : '' };
  });
  const byParam = { type: 'cursor', cursor_path: 'next', cursor_param: 'after' };
  assert.deepEqual((await bench.run(bench.spec({ paginator: byParam }))).records, all);
  assert.deepEqual(bench.paths, ['/api/items', '/api/items?after=2', '/api/items?after=3']);
  bench.asked.length = 0;
  const byBody = { type: 'cursor', cursor_path: 'next', cursor_body_path: 'page.after' };
  const post = { method: 'POST', json: { page: { size: 2 } }, paginator: byBody };
  assert.deepEqual((await bench.run(bench.spec(post))).records, all);
  assert.deepEqual(
    bench.asked.map(({ body }) => body),
    ['{"page":{"size":2}}', '{"page":{"size":2,"after":"2"}}', '{"page":{"size":2,"after":"3"}}'],
  );
});

test('offset ends at the total, at an empty page, at has_more or at the maximum', async () => {
  bench.serve(({ url }) => {
    const offset = Number(url.searchParams.get('offset'));
    const rows = all.slice(offset, offset + Number(url.searchParams.get('limit')));
    return { rows, count: 5, more: offset + 2 < 5 };
  });
  const read = async (options: object) => {
    bench.asked.length = 0;
    const paginator = { type: 'offset', limit: 2, ...options };
    const { records } = await bench.run(bench.spec({ paginator, data_selector: 'rows' }));
    return [records.length, bench.asked.length];
  };
  assert.deepEqual(await read({ total_path: 'count' }), [5, 3]);
  assert.deepEqual(await read({ total_path: null }), [5, 4]);
  assert.deepEqual(await read({ total_path: null, has_more_path: 'more' }), [5, 3]);
  assert.deepEqual(await read({ total_path: 'count', maximum_offset: 2 }), [2, 1]);
  assert.deepEqual(await read({ total_path: 'absent', stop_after_empty_page: true }), [5, 4]);
});

test('page_number counts pages from its base, up to a total of pages or of records', async () => {
  bench.serve((asked) => ({
    data: page(numberIn(asked, 'page', 0)),
    total: 5,
    total_pages: 3,
  }));
  const read = async (options: object) => {
    bench.asked.length = 0;
    const paginator = { type: 'page_number', base_page: 1, ...options };
    const { records } = await bench.run(bench.spec({ paginator }));
    return [records.length, bench.asked.length];
  };
  assert.deepEqual(await read({ total_path: 'total_pages' }), [5, 3]);
  assert.deepEqual(await read({}), [5, 4]);
  assert.deepEqual(await read({ total_path: 'total_pages', page: 2 }), [3, 2]);
  assert.deepEqual(await read({ total_path: null, maximum_page: 3 }), [4, 2]);
});

test('nothing that tells the end of the pages is an error', async () => {
  bench.serve(() => ({ data: [] }));
  const paginator = { type: 'page_number', stop_after_empty_page: false };
  await assert.rejects(bench.run(bench.spec({ paginator })), { code: 'source_paging_broken' });
});

test('single_page asks once', async () => {
  bench.serve(() => ({ data: page(1), next: '/api/items?p=2' }));
  assert.equal((await bench.run(bench.spec({ paginator: 'single_page' }))).records.length, 2);
  assert.equal(bench.asked.length, 1);
});

test('auto finds links, cursors, page counts and single pages', async () => {
  const pages: Record<string, (number: number) => unknown> = {
    link: (n) => ({ results: page(n), meta: { next_url: n < 3 ? `/api/items?p=${n + 1}` : null } }),
    href: (n) => ({
      results: page(n),
      links: { next: n < 3 ? { href: `/api/items?p=${n + 1}` } : null },
    }),
    cursor: (n) => ({ results: page(n), meta: { next_cursor: n < 3 ? `${n + 1}` : null } }),
    token: (n) => ({ results: page(n), nextPageToken: n < 3 ? `${n + 1}` : undefined }),
    after: (n) => ({ results: page(n), paging: { cursors: n < 3 ? { after: `${n + 1}` } : {} } }),
    count: (n) => ({ results: page(n), page: n, total_pages: 3 }),
  };
  const params = ['p', 'cursor', 'pageToken', 'after', 'page'];
  for (const [kind, pageOf] of Object.entries(pages)) {
    bench.serve(({ url }) => {
      const given = params.map((param) => url.searchParams.get(param)).find((value) => value);
      return pageOf(Number(given ?? 1));
    });
    assert.deepEqual((await bench.run(bench.spec({}))).records, all, kind);
    assert.equal(bench.asked.length, 3, kind);
  }
  bench.serve(() => all);
  assert.deepEqual((await bench.run(bench.spec({}))).records, all);
  bench.serve(() => ({ name: 'one', tags: { a: 1 } }));
  assert.deepEqual((await bench.run(bench.spec({}))).records, [{ name: 'one', tags: { a: 1 } }]);
});

test('pages that stop before the declared total are an error', async () => {
  bench.serve(({ url }) => {
    const offset = Number(url.searchParams.get('offset'));
    return { data: offset < 4 ? all.slice(offset, offset + 2) : [], total: 50, pages: 9 };
  });
  const offset = { type: 'offset', limit: 2 };
  await assert.rejects(bench.run(bench.spec({ paginator: offset })), {
    code: 'source_incomplete',
    kind: 'transient',
    message: "The source declares 50 records at 'total', but its pages ended after 4 records",
  });
  bench.serve((asked) => ({ data: page(numberIn(asked, 'page', 1)), pages: 9 }));
  const numbered = { type: 'page_number', base_page: 1, total_path: 'pages' };
  await assert.rejects(bench.run(bench.spec({ paginator: numbered })), {
    code: 'source_incomplete',
  });
});

test('a server that caps its pages below the limit is found out', async () => {
  bench.serve(({ url }) => {
    const offset = Number(url.searchParams.get('offset'));
    return { data: all.slice(offset, offset + 1), total: 5 };
  });
  const paginator = { type: 'offset', limit: 2 };
  await assert.rejects(bench.run(bench.spec({ paginator })), { code: 'source_incomplete' });
});

test('circles of pages are found', async () => {
  const broken = { code: 'source_paging_broken' };
  bench.serve(() => ({ data: page(1), next: '/api/items' }));
  await assert.rejects(bench.run(bench.spec({ paginator: 'json_link' })), broken);
  bench.serve((asked) => ({
    data: [],
    next: numberIn(asked, 'p', 1) === 1 ? '?p=2' : '/api/items',
  }));
  await assert.rejects(bench.run(bench.spec({ paginator: 'json_link' })), broken);
  assert.equal(bench.asked.length, 2);
  bench.serve(() => ({ data: page(1), cursors: { next: 'x' } }));
  await assert.rejects(bench.run(bench.spec({ paginator: 'cursor' })), broken);
  bench.serve(() => ({ data: page(1) }));
  await assert.rejects(bench.run(bench.spec({ paginator: { type: 'page_number' } })), broken);
});

test('a link to another origin is not followed', async () => {
  bench.serve(() => ({ data: page(1), next: 'http://127.0.0.2:1/api/items?p=2' }));
  const spec = bench.spec({ paginator: 'json_link' }, { auth: { type: 'bearer', token: 'tttt' } });
  await assert.rejects(bench.run(spec), {
    code: 'source_paging_broken',
    message: /127\.0\.0\.2:1/,
  });
});

test('maxPages ends early without complaint', async () => {
  bench.serve((asked) => ({ data: page(numberIn(asked, 'page', 1)), total: 99 }));
  const spec = bench.spec({ paginator: { type: 'page_number', base_page: 1 } });
  assert.deepEqual((await bench.run(spec, { maxPages: 1 })).records, page(1));
  assert.equal(bench.asked.length, 1);
});

test('where a total is known, two pages are asked for at a time, and none too many', async () => {
  let waiting: (() => void)[] = [];
  let most = 0;
  bench.serve((asked) => (response: ServerResponse) => {
    waiting.push(() => response.end(JSON.stringify({ data: page(pageOf(asked)), pages: 3 })));
    most = Math.max(most, waiting.length);
    // The second page is held back until somebody asks for the third.
    if (pageOf(asked) === 2) return;
    for (const answer of waiting) answer();
    waiting = [];
  });
  const pageOf = (asked: Asked) => numberIn(asked, 'page', 0);
  const paginator = { type: 'page_number', base_page: 1, total_path: 'pages' };
  assert.deepEqual((await bench.run(bench.spec({ paginator }))).records, all);
  assert.deepEqual([most, bench.asked.length], [2, 3]);
});
