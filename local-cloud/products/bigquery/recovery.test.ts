import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { CloudProcess } from '../../cli/cloud-process.fake.ts';

let cloud: CloudProcess;
before(async () => {
  cloud = await CloudProcess.start();
  await call('POST', '/datasets', { datasetReference: { datasetId: 'd' } });
  await query('CREATE TABLE d.t (x INT64)');
});
after(() => cloud.remove());

interface Answer {
  readonly rows?: readonly { readonly f: readonly { readonly v: string }[] }[];
  readonly status?: { readonly state: string; readonly errorResult?: { readonly reason: string } };
}

async function call(method: string, path: string, body?: object): Promise<Answer> {
  const answer = await fetch(`${cloud.endpoints.rest}/bigquery/v2/projects/p${path}`, {
    method,
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  return (await answer.json()) as Answer;
}

const query = (sql: string) =>
  call('POST', '/queries', { query: sql, useLegacySql: false, timeoutMs: 60_000 });
const count = async () => (await query('SELECT COUNT(*) FROM d.t')).rows?.[0]?.f[0]?.v;
const insert = (jobId: string, sql: string) =>
  call('POST', '/jobs', {
    jobReference: { projectId: 'p', jobId },
    configuration: { query: { query: sql, useLegacySql: false } },
  });
const ended = async (jobId: string) => {
  await call('GET', `/queries/${jobId}?timeoutMs=60000`);
  return (await call('GET', `/jobs/${jobId}`)).status;
};

test('a job that a kill cut off before it wrote runs again, once', async () => {
  const stuck = ['faults', 'add', 'operation', '--effect', 'stuck', '--service', 'query'];
  await cloud.run(...stuck);
  await insert('cut', 'INSERT INTO d.t VALUES (1), (2)');
  await cloud.end('SIGKILL');
  await cloud.restart();
  await cloud.run('faults', 'clear');
  assert.deepEqual(await ended('cut'), { state: 'DONE' });
  assert.equal(await count(), '2');
});

test('a kill while statements are written doubles and loses nothing', async () => {
  await query('TRUNCATE TABLE d.t');
  const script = Array.from({ length: 40 }, () => 'INSERT INTO d.t VALUES (1);').join('\n');
  await insert('script', script);
  await call('GET', '/queries/script?timeoutMs=150');
  await cloud.end('SIGKILL');
  await cloud.restart();
  const status = await ended('script');
  const rows = Number(await count());
  const isWhole = status?.state === 'DONE' && status.errorResult === undefined && rows === 40;
  const isPartly = status?.errorResult?.reason === 'jobInternalError' && rows < 40;
  assert.ok(isWhole || isPartly, `${JSON.stringify(status)} ${rows}`);
});

test('a transaction is there wholly or not at all', async () => {
  await query('TRUNCATE TABLE d.t');
  const inserts = Array.from({ length: 40 }, () => 'INSERT INTO d.t VALUES (1);').join('\n');
  await insert('transaction', `BEGIN TRANSACTION;\n${inserts}\nCOMMIT TRANSACTION;`);
  await call('GET', '/queries/transaction?timeoutMs=100');
  await cloud.end('SIGKILL');
  await cloud.restart();
  assert.deepEqual(await ended('transaction'), { state: 'DONE' });
  assert.equal(await count(), '40');
});
