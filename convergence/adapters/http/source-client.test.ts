import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import type { ServerResponse } from 'node:http';
import { RestBench, status } from './rest-bench.fake.ts';

let bench: RestBench;
before(async () => {
  bench = await RestBench.start();
});
after(() => bench.close());

const rows = [{ id: 1 }, { id: 2 }];
const single = { paginator: 'single_page' };
const read = async (endpoint: object = {}, client: object = {}) =>
  (await bench.run(bench.spec({ ...single, ...endpoint }, client))).records;

/** Answers in this order; the last one again and again. */
function serveInOrder(...answers: unknown[]): void {
  bench.serve(() => (answers.length > 1 ? answers.shift() : answers[0]));
}

test('each kind of auth sends what it should', async () => {
  const secret = 'top-secret-1';
  const sent = async (auth: object) => {
    bench.serve(() => rows);
    await read({}, { auth });
    const { headers, url } = bench.asked[0] ?? assert.fail('nothing was asked');
    return [headers.authorization ?? headers['x-key'] ?? headers.cookie, url.search];
  };
  assert.deepEqual(await sent({ type: 'bearer', token: secret }), [`Bearer ${secret}`, '']);
  assert.deepEqual(await sent({ type: 'http_basic', username: 'u', password: 'p:w' }), [
    'Basic dTpwOnc=',
    '',
  ]);
  const key = { type: 'api_key', api_key: secret };
  assert.deepEqual(await sent(key), [secret, '']);
  assert.deepEqual(await sent({ ...key, name: 'X-Key' }), [secret, '']);
  assert.deepEqual(await sent({ ...key, name: 'sid', location: 'cookie' }), [`sid=${secret}`, '']);
  assert.deepEqual(await sent({ ...key, name: 'k', location: 'query' }), [
    undefined,
    `?k=${secret}`,
  ]);
});

test('a token is fetched once, and again after one 401', async () => {
  let tokens = 0;
  let good = 'token-1';
  bench.serve(({ url, headers }) => {
    if (url.pathname === '/token') return { access_token: `token-${++tokens}`, expires_in: 3600 };
    if (headers.authorization !== `Bearer ${good}`) return status(401);
    if (url.searchParams.get('page') === '2') return [];
    good = 'token-2';
    return rows;
  });
  const auth = {
    type: 'oauth2_client_credentials',
    access_token_url: `${bench.origin}/token`,
    client_id: 'me',
    client_secret: 's3cr3t',
    access_token_request_data: { scope: 'all' },
  };
  const paginator = { type: 'page_number', base_page: 1 };
  assert.deepEqual(await read({ paginator }, { auth }), rows);
  assert.deepEqual(
    bench.asked.map(({ method, url }) => `${method} ${url.pathname}`),
    ['POST /token', 'GET /api/items', 'GET /api/items', 'POST /token', 'GET /api/items'],
  );
  assert.equal(
    bench.asked[0]?.body,
    'scope=all&grant_type=client_credentials&client_id=me&client_secret=s3cr3t',
  );
  good = 'never';
  await assert.rejects(read({}, { auth }), { code: 'source_auth_failed' });
  serveInOrder(status(400, {}, '{"error":"bad s3cr3t"}'));
  await assert.rejects(read({}, { auth }), {
    code: 'source_auth_failed',
    message: `POST ${bench.origin}/token (400) is refused: {"error":"bad ***"}`,
  });
});

test('429 and 503 are asked again: after the wait that the source wants, else with jitter', async () => {
  serveInOrder(
    status(429, { 'retry-after': '7' }),
    status(503, { 'retry-after': 'Thu, 01 Jan 2099 00:00:00 GMT' }),
    status(500),
    status(500),
    rows,
  );
  assert.deepEqual(await read(), rows);
  const [seconds, untilDate, third, fourth] = bench.clock.slept;
  assert.equal(seconds, 7000);
  assert.ok(untilDate !== undefined && untilDate > 2e12, 'waits until 2099');
  // With random at 0.5: half of 4 s and of 8 s.
  assert.deepEqual([third, fourth], [2000, 4000]);
  const first = `GET ${bench.origin}/api/items (429) is refused; asked again in 7.0 s`;
  assert.deepEqual([bench.notices[0], bench.notices.length], [first, 4]);
});

test('what stays busy fails with what the source said last', async () => {
  serveInOrder(status(503, {}, 'down\nfor   repair'));
  const client = { retry: { max_attempts: 3 } };
  await assert.rejects(read({}, client), {
    code: 'source_busy',
    kind: 'transient',
    message: `GET ${bench.origin}/api/items (503) is refused: down for repair`,
  });
  assert.equal(bench.asked.length, 3);
});

test('a 403 with an empty quota is a 429', async () => {
  const headers = { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '30' };
  serveInOrder(status(403, headers), rows);
  assert.deepEqual(await read(), rows);
  assert.deepEqual(bench.clock.slept, [30_000]);
});

const cutInBody = (response: ServerResponse) => {
  response.writeHead(200, { 'content-length': '1000' });
  response.write('[{"id":1},');
  response.socket?.end();
};
const resetInChunks = (response: ServerResponse) => {
  response.write('[{"id":1},', () => response.socket?.resetAndDestroy());
};

test('a response that breaks off is asked for again, and nothing of it is left', async () => {
  serveInOrder(
    cutInBody,
    resetInChunks,
    (response: ServerResponse) => {
      const whole = gzipSync(JSON.stringify(rows));
      response.writeHead(200, { 'content-encoding': 'gzip' });
      response.end(whole.subarray(0, whole.length - 9));
    },
    rows,
  );
  const folder = await bench.folder();
  const { records } = await bench.run(bench.spec(single), { folder });
  assert.deepEqual(records, rows);
  assert.equal(bench.asked.length, 4);
  assert.deepEqual((await readdir(folder)).toSorted(), ['checkpoint.json', 'part-000001.ndjson']);
});

test('a source that is silent or not there is unreachable', async () => {
  const impatient = { timeout: '50ms', retry: { max_attempts: 2 } };
  bench.serve(() => () => undefined);
  await assert.rejects(read({}, impatient), {
    code: 'source_unreachable',
    message: /no sign of life/,
  });
  assert.equal(bench.asked.length, 2);
  const nobody = { base_url: 'http://127.0.0.1:1', retry: { max_attempts: 2 } };
  await assert.rejects(read({}, nobody), { code: 'source_unreachable', message: /ECONNREFUSED/ });
});

test('an abort ends a wait at once', async () => {
  const stop = new AbortController();
  bench.serve(() => () => stop.abort(new Error('enough')));
  const run = bench.run(bench.spec(single), { signal: stop.signal });
  await assert.rejects(run, { message: 'enough' });
});

test('refusals say who, what, and hide the secrets', async () => {
  serveInOrder(status(404, {}, 'no key-123456 here'));
  const auth = { type: 'api_key', name: 'key', location: 'query', api_key: 'key-123456' };
  await assert.rejects(read({ params: { token: 'abc', q: 1 } }, { auth }), {
    code: 'source_refused',
    kind: 'input',
    message: `GET ${bench.origin}/api/items?token=***&q=1 (404) is refused: no *** here`,
  });
  serveInOrder(status(200, { 'content-type': 'text/html' }, '<html>key-123456'));
  await assert.rejects(read({}, { auth }), {
    code: 'source_not_json',
    message: /\(200\) is not JSON.*<html>\*\*\*$/,
  });
  serveInOrder(status(401));
  await assert.rejects(read({}, { auth }), { code: 'source_auth_failed' });
});

test('response actions ignore, retry and raise', async () => {
  const actions = (...response_actions: object[]) => ({ response_actions });
  serveInOrder(status(404));
  assert.deepEqual(await read(actions({ status_code: 404, action: 'ignore' })), []);
  serveInOrder(status(200, {}, '{"error":"not ready"}'), rows);
  assert.deepEqual(await read(actions({ content: 'not ready', action: 'retry' })), rows);
  serveInOrder(status(503, {}, 'gone for good'));
  const gone = { status_code: 503, content: 'for good', action: 'raise' };
  await assert.rejects(read(actions(gone)), { code: 'source_refused' });
  assert.equal(bench.asked.length, 1);
});

test('encodings and character sets become UTF-8 without a mark', async () => {
  const named = [{ name: 'Zoë' }];
  const body = Buffer.from(JSON.stringify(named));
  const encoded = {
    gzip: gzipSync(body),
    deflate: deflateSync(body),
    br: brotliCompressSync(body),
  };
  for (const [coding, bytes] of Object.entries(encoded)) {
    serveInOrder((response: ServerResponse) => {
      response.writeHead(200, { 'content-encoding': coding });
      response.end(bytes);
    });
    assert.deepEqual(await read(), named, coding);
  }
  serveInOrder((response: ServerResponse) => {
    response.writeHead(200, { 'content-type': 'application/json; charset=ISO-8859-1' });
    response.end(Buffer.from(JSON.stringify(named), 'latin1'));
  });
  assert.deepEqual(await read(), named);
  serveInOrder((response: ServerResponse) => void response.end(`\uFEFF${JSON.stringify(named)}`));
  assert.deepEqual(await read(), named);
});

test('a page above the limit ends when the limit is reached, also when it was compressed', async () => {
  let writtenBytes = 0;
  const endless = (response: ServerResponse) => {
    const write = () => {
      while (!response.destroyed && response.write(Buffer.alloc(64_000, 32)))
        writtenBytes += 64_000;
    };
    response.on('drain', write);
    write();
  };
  serveInOrder(endless);
  const folder = await bench.folder();
  const spec = bench.spec(single, { max_page_size: '1MB' });
  await assert.rejects(bench.run(spec, { folder }), { code: 'source_page_too_large' });
  assert.ok(writtenBytes < 50_000_000, `${writtenBytes} bytes were taken`);
  assert.deepEqual(await readdir(folder), []);
  serveInOrder((response: ServerResponse) => {
    response.writeHead(200, { 'content-encoding': 'gzip' });
    response.end(gzipSync(Buffer.alloc(5_000_000, 32)));
  });
  await assert.rejects(bench.run(spec), { code: 'source_page_too_large' });
});

test('redirects are followed; credentials and headers stay on their origin', async () => {
  const other = await RestBench.start();
  try {
    other.serve(() => rows);
    bench.serve(({ url }) => {
      const to = url.pathname === '/api/items' ? '/api/moved' : `${other.origin}/there?x=1`;
      return status(302, { location: to });
    });
    const client = { auth: { type: 'bearer', token: 'tttt' }, headers: { 'X-Api-Key': 'kkkk' } };
    assert.deepEqual(await read({}, client), rows);
    assert.equal(bench.asked[1]?.headers.authorization, 'Bearer tttt');
    assert.deepEqual(other.paths, ['/there?x=1']);
    assert.equal(other.asked[0]?.headers.authorization, undefined);
    assert.equal(other.asked[0]?.headers['x-api-key'], undefined);
    bench.serve(() => status(301, { location: '/api/items' }));
    await assert.rejects(read(), {
      code: 'source_refused',
      message: /redirects more than 5 times/,
    });
  } finally {
    await other.close();
  }
});

/** Ways to write this machine, its neighbours, and where clouds hand out credentials. */
const PRIVATE_HOSTS = [
  '127.0.0.1',
  '127.1',
  '2130706433',
  '0x7f000001',
  '0x7f.1',
  '0177.0.0.1',
  '0.0.0.0',
  'localhost',
  '[::1]',
  '[::]',
  '[::ffff:127.0.0.1]',
  '[::ffff:7f00:1]',
  '[64:ff9b::7f00:1]',
  '[2002:7f00:1::]',
  '10.0.0.1',
  '172.16.0.1',
  '192.168.1.1',
  '100.64.0.1',
  '169.254.169.254',
  '[fe80::1]',
  '[fd00:ec2::254]',
];

test('a private address is refused by number, by name and behind a redirect', async () => {
  const closed = await RestBench.start({ allowPrivateAddresses: false });
  try {
    const spec = (base_url: string) => closed.spec(single, { base_url });
    const { port } = new URL(closed.origin);
    for (const host of PRIVATE_HOSTS) {
      await assert.rejects(
        closed.run(spec(`http://${host}:${port}`)),
        { code: 'source_address_forbidden' },
        host,
      );
    }
    assert.equal(closed.asked.length, 0);
  } finally {
    await closed.close();
  }
  serveInOrder(status(302, { location: 'http://169.254.169.254/computeMetadata/v1/' }));
  await assert.rejects(read(), { code: 'source_address_forbidden' });
});

test('neither a link to the next page nor the address of tokens leads there', async () => {
  const next = 'http://169.254.169.254/computeMetadata/v1/';
  bench.serve(() => ({ items: [{ id: 1 }], next }));
  const paginator = { type: 'json_link', next_url_path: 'next' };
  await assert.rejects(bench.run(bench.spec({ paginator, data_selector: 'items' })), {
    // No link is followed to another host at all.
    code: 'source_paging_broken',
  });
  const auth = {
    type: 'oauth2_client_credentials',
    access_token_url: next,
    client_id: 'id',
    client_secret: 'hidden',
  };
  await assert.rejects(bench.run(bench.spec(single, { auth })), {
    code: 'source_address_forbidden',
  });
});

test('no proxy of the environment is asked to reach it instead', async () => {
  const names = ['http_proxy', 'HTTP_PROXY', 'https_proxy', 'all_proxy'];
  for (const name of names) process.env[name] = bench.origin;
  const closed = await RestBench.start({ allowPrivateAddresses: false });
  try {
    const asked = bench.asked.length;
    const spec = closed.spec(single, { base_url: 'http://127.0.0.1:1' });
    await assert.rejects(closed.run(spec), { code: 'source_address_forbidden' });
    assert.equal(bench.asked.length, asked);
  } finally {
    for (const name of names) Reflect.deleteProperty(process.env, name);
    await closed.close();
  }
});
