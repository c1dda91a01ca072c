import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, test } from 'node:test';
import { PassThroughClient } from 'google-auth-library';
import { BigQueryClient } from './bigquery-client.ts';
import { runJob } from './run-job.ts';
import { dryRun, readRows, runQuery } from './run-query.ts';

type Answer = readonly [status: number, body: object] | 'cut';

interface Call {
  readonly call: string;
  readonly body: unknown;
}

const open: (() => Promise<void>)[] = [];
after(async () => {
  for (const close of open) await close();
});

/** Answers calls in the order in which they come, and the last answer for ever. */
async function bigQueryThatAnswers(...answers: Answer[]) {
  const calls: Call[] = [];
  const server = createServer((request, response) => void answerNext(request, response));
  const answerNext = async (request: IncomingMessage, response: ServerResponse) => {
    let text = '';
    for await (const chunk of request) text += String(chunk);
    const path = new URL(request.url ?? '', 'http://x').pathname.split('/projects/p').at(-1);
    calls.push({ call: `${request.method} ${path}`, body: text === '' ? null : JSON.parse(text) });
    server.emit('called');
    const answer = (answers.length > 1 ? answers.shift() : answers[0]) ?? 'cut';
    if (answer === 'cut') response.destroy();
    else {
      response.writeHead(answer[0], { 'content-type': 'application/json' });
      response.end(JSON.stringify(answer[1]));
    }
  };
  await once(server.listen(0, '127.0.0.1'), 'listening');
  open.push(async () => {
    server.closeAllConnections();
    await once(server.close(), 'close');
  });
  const connection = {
    projectId: 'p',
    location: 'EU',
    apiEndpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    authClient: new PassThroughClient(),
  };
  const slept: number[] = [];
  const clock = {
    now: () => new Date(0),
    sleep: async (ms: number, signal?: AbortSignal) => {
      slept.push(ms);
      await new Promise((resolve) => setImmediate(resolve));
      signal?.throwIfAborted();
    },
  };
  const deps = { clock, random: () => 0.5, nextId: () => 'id-1' };
  const client = await BigQueryClient.open(connection, deps);
  return { client, calls, slept, called: () => once(server, 'called') };
}

const error = (status: number, reason: string, message = reason): Answer => [
  status,
  { error: { code: status, message, errors: [{ reason, message }] } },
];
const job = (jobId: string, state: string, errorResult?: object): Answer => [
  200,
  { jobReference: { projectId: 'p', jobId }, status: { state, errorResult } },
];
const configuration = { query: { query: 'SELECT 1' } };
const namesOf = (calls: readonly Call[]) => calls.map(({ call }) => call);

test('a job is sent once, although answers get lost, and waited for', async () => {
  const { client, calls, slept } = await bigQueryThatAnswers(
    'cut',
    error(503, 'backendError'),
    error(409, 'duplicate', 'Already Exists: Job p:EU.load'),
    job('load', 'RUNNING'),
    job('load', 'DONE'),
  );
  const done = await runJob(client, { id: 'load', configuration });
  assert.equal(done.jobReference?.jobId, 'load');
  assert.deepEqual(namesOf(calls), [
    'POST /jobs',
    'POST /jobs',
    'POST /jobs',
    'GET /jobs/load',
    'GET /jobs/load',
  ]);
  const jobReference = { projectId: 'p', jobId: 'load', location: 'EU' };
  for (const { body } of calls.slice(0, 3)) assert.deepEqual(body, { jobReference, configuration });
  assert.deepEqual(slept, [200, 400, 50]);
});

test('a job that ended with a passing error runs again under the next id', async () => {
  const aborted = {
    reason: 'invalidQuery',
    message: 'Transaction is aborted due to concurrent update against table p:d.t.',
  };
  const { client, calls } = await bigQueryThatAnswers(
    job('load', 'DONE', aborted),
    job('load_2', 'DONE', { reason: 'backendError', message: 'no luck' }),
    job('load_3', 'DONE'),
  );
  const done = await runJob(client, { id: 'load', configuration });
  assert.equal(done.jobReference?.jobId, 'load_3');
  assert.deepEqual(
    calls.map(({ body }) => (body as { jobReference: { jobId: string } }).jobReference.jobId),
    ['load', 'load_2', 'load_3'],
  );
});

test('errors come in the words of the product, those that do not pass at once', async () => {
  const refused = async (answer: Answer) => {
    const { client, calls } = await bigQueryThatAnswers(answer);
    const failed = await runJob(client, { configuration }).then(
      () => assert.fail('it was taken'),
      (error: unknown) => error as { code: string; message: string },
    );
    return [failed.code, failed.message, calls.length];
  };
  assert.deepEqual(await refused(error(403, 'accessDenied', 'Access Denied: Dataset p:d')), [
    'google_denied',
    'BigQuery refuses access: Access Denied: Dataset p:d',
    1,
  ]);
  assert.deepEqual(await refused(error(403, 'quotaExceeded', 'Quota exceeded')), [
    'warehouse_quota_exceeded',
    'a quota of the Google Cloud project for BigQuery is used up: Quota exceeded',
    1,
  ]);
  const wrong = { reason: 'invalidQuery', message: 'Unrecognized name: x at [1:8]' };
  assert.deepEqual(await refused(job('id-1', 'DONE', wrong)), [
    'sql_invalid',
    'BigQuery does not understand the SQL: Unrecognized name: x at [1:8]',
    1,
  ]);
  assert.deepEqual(await refused(error(503, 'backendError', 'Backend error')), [
    'warehouse_unavailable',
    'BigQuery does not answer, or failed by itself: Backend error',
    7,
  ]);
});

test('an abort ends the wait at once and cancels the job', async () => {
  const { client, calls, called } = await bigQueryThatAnswers(job('id-1', 'RUNNING'));
  const reason = new Error('enough');
  const abort = new AbortController();
  const running = runJob(client, { configuration }, abort.signal);
  await called();
  await called();
  abort.abort(reason);
  await assert.rejects(running, reason);
  assert.deepEqual(namesOf(calls).at(-1), 'POST /jobs/id-1/cancel');
});

test('a query has its parameters, limits and labels', async () => {
  const { client, calls } = await bigQueryThatAnswers(job('id-1', 'DONE'), [
    200,
    { statistics: { totalBytesProcessed: '12' } },
  ]);
  const spec = {
    sql: 'SELECT @day, @ids',
    dataset: 'acme',
    parameters: {
      day: { type: 'DATE', value: null },
      ids: { type: 'INT64', values: ['1', '2'] },
    },
    labels: { tenant: 'acme' },
    maxBytesBilled: 10_000,
  } as const;
  await runQuery(client, spec);
  const configuration = {
    labels: { tenant: 'acme' },
    query: {
      query: 'SELECT @day, @ids',
      useLegacySql: false,
      defaultDataset: { projectId: 'p', datasetId: 'acme' },
      parameterMode: 'NAMED',
      queryParameters: [
        { name: 'day', parameterType: { type: 'DATE' }, parameterValue: {} },
        {
          name: 'ids',
          parameterType: { type: 'ARRAY', arrayType: { type: 'INT64' } },
          parameterValue: { arrayValues: [{ value: '1' }, { value: '2' }] },
        },
      ],
      maximumBytesBilled: '10000',
    },
  };
  assert.deepEqual(await dryRun(client, spec), { totalBytesProcessed: '12' });
  const sent: unknown[] = calls.map(({ body }) => body);
  assert.deepEqual(sent, [
    { jobReference: { projectId: 'p', jobId: 'id-1', location: 'EU' }, configuration },
    {
      jobReference: { projectId: 'p', location: 'EU' },
      configuration: { ...configuration, dryRun: true },
    },
  ]);
});

test('rows are read page by page, and no more than are wanted', async () => {
  const schema = { fields: [{ name: 'n', type: 'INTEGER' }] };
  const row = (v: string) => ({ f: [{ v }] });
  const pages: Answer[] = [
    [200, { schema, rows: [row('1')], totalRows: '3', pageToken: 'next' }],
    [200, { schema, rows: [row('2')], totalRows: '3', pageToken: 'more' }],
  ];
  const { client, calls } = await bigQueryThatAnswers(...pages);
  const done = { jobReference: { jobId: 'q' } };
  assert.deepEqual(await readRows(client, done, { maxRows: 2 }), {
    fields: schema.fields,
    rows: [row('1'), row('2')],
    totalRows: 3,
  });
  assert.deepEqual(namesOf(calls), ['GET /queries/q', 'GET /queries/q']);
});
