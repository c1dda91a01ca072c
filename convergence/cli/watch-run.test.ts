import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, test } from 'node:test';
import type { LogEvent } from '../server/api/contract/run/run-log.ts';
import { createApiClient } from './client/api-client.ts';
import type { Out } from 'base/terminal/out.ts';
import { createStyle } from 'base/terminal/style.ts';
import { watchRun } from './watch-run.ts';

const RUN = '0198f000-0000-7000-8000-000000000001';
const at = (seconds: number) => new Date(Date.UTC(2026, 2, 1, 12) + seconds * 1000).toISOString();

function event(id: number, kind: LogEvent['kind'], change: Partial<LogEvent> = {}): LogEvent {
  const rest = { step: 'feeds', level: 'info' as const, message: `event ${id}`, detail: {} };
  return { id, kind, at: at(id), ...rest, ...change };
}

const detail = { resource: 'movies', phase: 'extract', rows: 10, bytes: 2_000, parts: 1 };
const sent = [
  event(1, 'state', { message: 'started' }),
  event(1, 'progress', { detail }),
  event(2, 'log', { level: 'warn', message: 'page 3 answered 429' }),
  event(3, 'state', { message: 'complete' }),
];

const counts = {
  rows_in: 10,
  rows_loaded: 9,
  rows_quarantined: 1,
  rules_passed: 2,
  rules_failed: 0,
};
const times = { started_at: at(0), finished_at: at(2) };
const step = { name: 'feeds', type: 'ingest', status: 'COMPLETE', attempt: 1, failure: null };
const run = {
  pipeline_logging_id: RUN,
  pipeline_id: 'p_daily',
  tenant_id: 'acme_corp',
  status: 'COMPLETE',
  trigger_by: 'cli',
  parameters: {},
  attempt: 1,
  created_at: at(0),
  failure: null,
  ...times,
  steps: [{ ...step, ...times, ...counts }],
};

/** The routes that a watcher asks for; each connection to the log carries the next of `parts`. */
async function startServer(parts: readonly (readonly LogEvent[])[]) {
  const asked: string[] = [];
  const rest = [...parts];
  const stream = (response: ServerResponse) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const events = rest.shift() ?? [];
    for (const one of events)
      response.write(`event: ${one.kind}\ndata: ${JSON.stringify(one)}\n\n`);
    if (rest.length > 0) response.write('event: log\ndata: {"cut', () => response.destroy());
    else response.end('event: end\ndata: {}\n\n');
  };
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    const url = request.url ?? '';
    if (url.includes('/logs')) {
      asked.push(url.slice(url.indexOf('?')));
      return stream(response);
    }
    const isRun = url.includes('/runs/');
    response.writeHead(isRun ? 200 : 404, { 'content-type': 'application/json' });
    response.end(JSON.stringify(isRun ? run : {}));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  after(() => server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { asked, client: createApiClient({ url, apiKey: 'k' }) };
}

function recordOut(kind: { isJson?: boolean; isLive?: boolean }) {
  const told = { text: '', documents: [] as unknown[] };
  const out: Out = {
    isJson: kind.isJson ?? false,
    isLive: kind.isLive ?? false,
    width: 80,
    height: 24,
    style: createStyle(false),
    line: (text = '') => void (told.text += `${text}\n`),
    json: (value) => void told.documents.push(value),
    note: () => assert.fail('nothing is to be noted'),
    raw: (text) => void (told.text += text),
  };
  return { told, out };
}

const SUMMARY = [
  'step   status    rows in  loaded  quarantined  rules   time  rows/s',
  'feeds  COMPLETE       10       9            1    2/2  2.0 s       5',
];
const { signal } = new AbortController();

test('a log that breaks off is taken up behind its last stored event', async () => {
  const { asked, client } = await startServer([sent.slice(0, 2), sent.slice(2, 3), sent.slice(3)]);
  const { told, out } = recordOut({});
  assert.deepEqual(await watchRun(client, RUN, { out, signal }), run);
  assert.deepEqual(asked, ['?after=0', '?after=1', '?after=2']);
  assert.deepEqual(told.text.split('\n'), [
    '12:00:01  feeds  started',
    '12:00:01  feeds  movies: extract, 10 rows, 2.0 kB',
    '12:00:02  feeds  page 3 answered 429',
    '12:00:03  feeds  complete',
    ...SUMMARY,
    '',
  ]);
});

test('machines get every event and at last the run', async () => {
  const { client } = await startServer([sent]);
  const { told, out } = recordOut({ isJson: true });
  await watchRun(client, RUN, { out, signal });
  assert.deepEqual(told, { text: '', documents: [...sent, { kind: 'end', run }] });
});

test('a terminal gets back its cursor, keeps warnings, and ends with the summary', async () => {
  const { client } = await startServer([sent]);
  const { told, out } = recordOut({ isLive: true });
  await watchRun(client, RUN, { out, signal });
  const shown = told.text.split('\u001B[?25h');
  assert.equal(shown.length, 2);
  assert.ok(shown[0]?.startsWith('\u001B[?25l'));
  assert.ok(shown[0]?.includes('12:00:02  feeds  page 3 answered 429\n'));
  assert.deepEqual(shown[1]?.split('\n'), [...SUMMARY, '']);
});

test('a watcher that is interrupted leaves with the reason', async () => {
  const { client } = await startServer([[], sent]);
  const abort = new AbortController();
  const reason = new Error('enough');
  const { told, out } = recordOut({ isLive: true });
  const watched = watchRun(client, RUN, {
    out: {
      ...out,
      raw: (text) => {
        told.text += text;
        abort.abort(reason);
      },
    },
    signal: abort.signal,
  });
  await assert.rejects(watched, reason);
  assert.ok(told.text.endsWith('\u001B[?25h'));
});
