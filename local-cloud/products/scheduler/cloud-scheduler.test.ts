import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { CloudSchedulerClient } from '@google-cloud/scheduler';
import type { protos } from '@google-cloud/scheduler';
import { CloudProcess } from '../../cli/cloud-process.fake.ts';
import { grpcOptions, hasCode } from '../../control-plane/cloud-rig.fake.ts';
import { ProductRig, PushTarget, until } from '../../push/push-rig.fake.ts';
import { openScheduler } from './cloud-scheduler.ts';

type Job = protos.google.cloud.scheduler.v1.IJob;

const parent = 'projects/p/locations/r';
const job = `${parent}/jobs/reset`;
const MINUTE_MS = 60_000;
const agent = { 'User-Agent': 'Google-Cloud-Scheduler' };

let rig: ProductRig;
let client: CloudSchedulerClient;

before(async () => {
  rig = new ProductRig(openScheduler);
  client = new CloudSchedulerClient(await rig.start());
});

beforeEach(async () => {
  const [jobs] = await client.listJobs({ parent });
  for (const { name } of jobs) await client.deleteJob({ name: name ?? '' });
  rig.target.status = 200;
  rig.target.arrived.length = 0;
});

after(async () => {
  await client.close();
  await rig.end();
});

async function create(more: Job = {}, target: object = {}): Promise<Job> {
  const httpTarget = { uri: `${rig.url}/reset`, ...target };
  const wanted = { name: job, schedule: '* * * * *', httpTarget, ...more };
  return (await client.createJob({ parent, job: wanted }))[0];
}

async function read(): Promise<Job> {
  return (await client.getJob({ name: job }))[0];
}

function seconds(time: Job['scheduleTime']): string {
  return new Date(Number(time?.seconds) * 1000).toISOString();
}

test('a job has the defaults of the reference, and its next time', async () => {
  const made = await create();
  assert.deepEqual(
    { ...made, userUpdateTime: null, scheduleTime: seconds(made.scheduleTime) },
    {
      name: job,
      description: '',
      schedule: '* * * * *',
      timeZone: 'Etc/UTC',
      state: 'ENABLED',
      status: null,
      userUpdateTime: null,
      lastAttemptTime: null,
      scheduleTime: '2026-03-07T03:05:00.000Z',
      httpTarget: {
        uri: `${rig.url}/reset`,
        httpMethod: 'POST',
        headers: agent,
        body: Buffer.alloc(0),
      },
      target: 'httpTarget',
      retryConfig: {
        retryCount: 0,
        maxRetryDuration: { seconds: '0', nanos: 0 },
        minBackoffDuration: { seconds: '5', nanos: 0 },
        maxBackoffDuration: { seconds: '3600', nanos: 0 },
        maxDoublings: 5,
      },
      attemptDeadline: { seconds: '180', nanos: 0 },
    },
  );
});

test('at its minute it calls the URL, once, with its headers, body and token', async () => {
  await create(
    {},
    {
      headers: { 'X-Admin-Key': 'k', 'Content-Type': 'application/json', Host: 'else.where' },
      body: Buffer.from('{"a":1}'),
      oidcToken: { serviceAccountEmail: 'ops@p.iam', audience: 'https://api' },
    },
  );
  await rig.clock.advance(MINUTE_MS);
  const { method, path, headers, body } = await rig.target.wait(1);
  assert.deepEqual([method, path, body], ['POST', '/reset', '{"a":1}']);
  assert.deepEqual(
    [headers['x-admin-key'], headers['content-type'], headers['user-agent']],
    ['k', 'application/json', 'Google-Cloud-Scheduler'],
  );
  assert.deepEqual(
    [headers.host, headers['x-cloudscheduler'], headers['x-cloudscheduler-jobname']],
    [new URL(rig.url).host, 'true', 'reset'],
  );
  assert.equal(headers['x-cloudscheduler-scheduletime'], '2026-03-07T03:05:00.000Z');
  const [, kind, claims = ''] = headers.authorization?.split('.') ?? [];
  assert.equal(kind, 'oidc');
  assert.deepEqual(JSON.parse(Buffer.from(claims, 'base64url').toString()), {
    serviceAccountEmail: 'ops@p.iam',
    audience: 'https://api',
  });
  const done = await until(read, ({ status }) => status !== null);
  assert.deepEqual(done.status, { code: 0, message: '', details: [] });
  assert.equal(rig.target.arrived.length, 1);
});

test('a timetable is read in its time zone, and days of month and week add up', async () => {
  const times = async (schedule: string, timeZone: string) => {
    const { name, scheduleTime } = await create({ schedule, timeZone });
    await client.deleteJob({ name: name ?? '' });
    return seconds(scheduleTime);
  };
  assert.equal(await times('30 2 * * *', 'America/New_York'), '2026-03-07T07:30:00.000Z');
  assert.equal(await times('0 0 * * *', 'utc'), '2026-03-08T00:00:00.000Z');
  assert.equal(await times('0 0 20 * MON', ''), '2026-03-09T00:00:00.000Z');
  // 2:30 is not there on that day.
  assert.equal(await times('30 2 8 3 *', 'America/New_York'), '2026-03-08T07:00:00.000Z');
});

test('what fails is tried again with growing waits, then left until its next time', async () => {
  const retryConfig = { retryCount: 2, minBackoffDuration: { seconds: 10 }, maxDoublings: 1 };
  await create({ schedule: '0 * * * *', retryConfig });
  const failed = (code: number) => until(read, ({ status }) => status?.code === code);
  const begun = seconds((await read()).scheduleTime);
  rig.target.status = 503;
  await rig.clock.advance(Date.parse(begun) - rig.clock.now().getTime());
  await rig.target.wait(1);
  await failed(14);
  rig.target.status = 500;
  await rig.clock.advance(10_000);
  await rig.target.wait(2);
  await failed(13);
  rig.target.status = 404;
  await rig.clock.advance(20_000);
  await rig.target.wait(3);
  const { status, scheduleTime } = await failed(5);
  assert.deepEqual(status, { code: 5, message: 'HTTP response code 404', details: [] });
  const after = (ms: number) => new Date(Date.parse(begun) + ms).toISOString();
  assert.deepEqual(
    rig.target.arrived.map(({ at }) => at),
    [begun, after(10_000), after(30_000)],
  );
  assert.equal(seconds(scheduleTime), after(3_600_000));
});

test('an attempt ends at its deadline; the next execution waits for it, and is one', async () => {
  const { scheduleTime } = await create({ attemptDeadline: { seconds: 150 } });
  rig.target.status = null;
  await rig.clock.advance(Number(scheduleTime?.seconds) * 1000 - rig.clock.now().getTime());
  await rig.target.wait(1);
  await rig.clock.advance(149_000);
  assert.equal(rig.target.arrived.length, 1);
  await rig.clock.advance(1_000);
  await rig.target.wait(2);
  assert.deepEqual((await read()).status?.code, 4);
  rig.target.release();
  await until(read, ({ status }) => status?.code === 0);
  assert.equal(rig.target.arrived.length, 2);
});

test('a paused job rests; asked to, it runs at once', async () => {
  await create();
  const [paused] = await client.pauseJob({ name: job });
  assert.deepEqual([paused.state, paused.scheduleTime], ['PAUSED', null]);
  await assert.rejects(client.pauseJob({ name: job }), hasCode(9, /PAUSED/));
  await rig.clock.advance(5 * MINUTE_MS);
  assert.equal(rig.target.arrived.length, 0);
  await client.runJob({ name: job });
  await rig.target.wait(1);
  const [resumed] = await client.resumeJob({ name: job });
  assert.equal(resumed.state, 'ENABLED');
  await until(read, ({ status }) => status !== null);
  await rig.clock.advance(MINUTE_MS);
  await rig.target.wait(2);
});

test('an update changes what its mask names', async () => {
  await create({ description: 'old' }, { headers: { a: '1' } });
  const changed = { name: job, schedule: '0 4 * * *', description: 'new', httpTarget: {} };
  const [masked] = await client.updateJob({
    job: { ...changed, httpTarget: { headers: { b: '2' } } },
    updateMask: { paths: ['schedule', 'http_target.headers'] },
  });
  assert.deepEqual(
    [masked.description, masked.schedule, masked.httpTarget?.headers, masked.httpTarget?.uri],
    ['old', '0 4 * * *', { b: '2', ...agent }, `${rig.url}/reset`],
  );
  const whole = { name: job, schedule: '0 5 * * *', httpTarget: { uri: rig.url } };
  const [updated] = await client.updateJob({ job: whole });
  assert.deepEqual(
    [updated.description, updated.schedule, updated.httpTarget?.headers],
    ['', '0 5 * * *', agent],
  );
});

test('what Cloud Scheduler refuses is refused, and what is not modelled by its name', async () => {
  await create();
  await assert.rejects(create(), hasCode(6, /already exists/));
  await client.deleteJob({ name: job });
  const refusals: [Job, object, number, RegExp][] = [
    [{ schedule: '61 * * * *' }, {}, 3, /Schedule or time zone is invalid/],
    [{ schedule: '* * * * * *' }, {}, 3, /Schedule or time zone is invalid/],
    [{ timeZone: 'Mars/Base' }, {}, 3, /Schedule or time zone is invalid/],
    [{ schedule: 'every 5 minutes' }, {}, 12, /unix-cron/],
    [{ name: 'reset' }, {}, 3, /Job name must be formatted/],
    [{ attemptDeadline: { seconds: 14 } }, {}, 3, /attempt_deadline: is 14/],
    [{ retryConfig: { retryCount: 6 } }, {}, 3, /retry_count: is 6: expected 0 to 5/],
    [{}, { uri: 'ftp://x' }, 3, /http_target.uri/],
    [{}, { httpMethod: 'GET', body: Buffer.from('x') }, 3, /not with GET/],
    [{ httpTarget: undefined }, {}, 3, /a job needs a target/],
    [
      { httpTarget: undefined, pubsubTarget: { topicName: 'projects/p/topics/t' } },
      {},
      12,
      /pubsubTarget/,
    ],
    [{ httpTarget: undefined, appEngineHttpTarget: {} }, {}, 12, /appEngineHttpTarget/],
  ];
  for (const [more, target, code, words] of refusals)
    await assert.rejects(create(more, target), hasCode(code, words));
  for (const call of [client.getJob({ name: job }), client.runJob({ name: job })])
    await assert.rejects(call, hasCode(5, /Job not found/));
});

test('times that pass while nobody serves are made up for by one execution', async () => {
  await create();
  await client.close();
  await rig.close();
  await rig.clock.advance(10 * MINUTE_MS);
  client = new CloudSchedulerClient(await rig.open());
  await rig.target.wait(1);
  await until(read, ({ status }) => status !== null);
  await rig.clock.advance(MINUTE_MS);
  await rig.target.wait(2);
  assert.equal(rig.target.arrived.length, 2);
});

test('an attempt that kill -9 has cut off is not made again', async () => {
  const cloud = await CloudProcess.start();
  const target = new PushTarget();
  const uri = await target.listen();
  target.status = null;
  let scheduler = new CloudSchedulerClient(grpcOptions(cloud.endpoints.grpc));
  const wanted = { name: job, schedule: '0 0 1 1 *', httpTarget: { uri } };
  await scheduler.createJob({ parent, job: wanted });
  await scheduler.runJob({ name: job });
  await target.wait(1);
  await scheduler.close();
  await cloud.end('SIGKILL');
  await cloud.restart();
  scheduler = new CloudSchedulerClient(grpcOptions(cloud.endpoints.grpc));
  const [found] = await scheduler.getJob({ name: job });
  assert.deepEqual(
    [found.status?.code, found.status?.message],
    [14, 'local-cloud ended during the attempt.'],
  );
  assert.equal(target.arrived.length, 1);
  await scheduler.close();
  await cloud.remove();
  await target.close();
});
