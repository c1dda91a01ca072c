import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { CloudTasksClient } from '@google-cloud/tasks';
import type { protos } from '@google-cloud/tasks';
import { hasCode } from '../../control-plane/cloud-rig.fake.ts';
import { ProductRig, until } from '../../push/push-rig.fake.ts';
import { openTasks } from './cloud-tasks.ts';

type Task = protos.google.cloud.tasks.v2.ITask;
type Queue = protos.google.cloud.tasks.v2.IQueue;

const location = 'projects/p/locations/r';

let rig: ProductRig;
let client: CloudTasksClient;
let parent = '';
let last = 0;

before(async () => {
  rig = new ProductRig(openTasks);
  client = new CloudTasksClient(await rig.start());
});

beforeEach(() => {
  rig.target.status = 200;
  rig.target.arrived.length = 0;
});

after(async () => {
  await client.close();
  await rig.end();
});

async function createQueue(more: Queue = {}): Promise<Queue> {
  parent = `${location}/queues/q-${++last}`;
  return (await client.createQueue({ parent: location, queue: { name: parent, ...more } }))[0];
}

async function createTask(more: Task = {}, request: object = {}): Promise<Task> {
  const httpRequest = { url: `${rig.url}/wake`, ...request };
  return (await client.createTask({ parent, task: { httpRequest, ...more } }))[0];
}

const list = async () => (await client.listTasks({ parent }))[0];
const seconds = (ms: number) => ({ seconds: Math.floor(ms / 1000) });

test('a queue has the defaults of Cloud Tasks, and changes by mask', async () => {
  const made = await createQueue();
  assert.deepEqual(
    [made.rateLimits, made.state],
    [{ maxDispatchesPerSecond: 500, maxBurstSize: 100, maxConcurrentDispatches: 1000 }, 'RUNNING'],
  );
  assert.deepEqual([made.retryConfig?.maxAttempts, made.retryConfig?.maxDoublings], [100, 16]);
  const [updated] = await client.updateQueue({
    queue: {
      name: parent,
      retryConfig: { maxAttempts: 3 },
      rateLimits: { maxDispatchesPerSecond: 7 },
    },
    updateMask: { paths: ['retry_config.max_attempts'] },
  });
  assert.deepEqual(
    [updated.retryConfig?.maxAttempts, updated.rateLimits?.maxDispatchesPerSecond],
    [3, 500],
  );
  const other = { name: `${location}/queues/made-by-update` };
  assert.equal((await client.updateQueue({ queue: other }))[0].state, 'RUNNING');
  const [queues] = await client.listQueues({ parent: location });
  assert.deepEqual(
    queues.map(({ name }) => name),
    [other.name, parent].toSorted(),
  );
  await client.deleteQueue(other);
  await assert.rejects(client.getQueue(other), hasCode(5, /Queue does not exist/));
});

test('a task is sent once, with its headers, body and token, and is gone then', async () => {
  await createQueue();
  const task = await createTask(
    { name: `${parent}/tasks/bell` },
    {
      body: Buffer.from('{"run":1}'),
      headers: { 'Content-Type': 'application/json', 'X-Mine': '1', 'User-Agent': 'me' },
      oidcToken: { serviceAccountEmail: 'worker@p.iam', audience: 'https://worker' },
    },
  );
  assert.deepEqual([task.view, task.httpRequest?.body?.length], ['BASIC', 0]);
  const { method, path, headers, body } = await rig.target.wait(1);
  assert.deepEqual([method, path, body], ['POST', '/wake', '{"run":1}']);
  assert.deepEqual(
    [headers['content-type'], headers['x-mine'], headers['user-agent']],
    ['application/json', '1', 'Google-Cloud-Tasks'],
  );
  assert.deepEqual(
    [headers['x-cloudtasks-taskname'], headers['x-cloudtasks-taskretrycount']],
    ['bell', '0'],
  );
  assert.match(headers.authorization ?? '', /^Bearer local-cloud\.oidc\./);
  await until(list, (tasks) => tasks.length === 0);
  assert.equal(rig.target.arrived.length, 1);
});

test('a name is taken while its task lives, and for an hour after', async () => {
  await createQueue();
  const name = `${parent}/tasks/once`;
  const later = seconds(rig.clock.now().getTime() + 60_000);
  await createTask({ name, scheduleTime: later });
  await assert.rejects(createTask({ name }), hasCode(6, /existed too recently/));
  await rig.clock.advance(60_000);
  await until(list, (tasks) => tasks.length === 0);
  await assert.rejects(createTask({ name }), hasCode(6, /existed too recently/));
  await rig.clock.advance(3_600_000);
  await createTask({ name });
  await rig.target.wait(2);
});

test('a task waits for its time', async () => {
  await createQueue();
  const at = rig.clock.now().getTime() + 10_000;
  await createTask({ scheduleTime: seconds(at) });
  await rig.clock.advance(9_000);
  assert.deepEqual([rig.target.arrived.length, (await list()).length], [0, 1]);
  await rig.clock.advance(1_000);
  await rig.target.wait(1);
});

test('what fails is tried again with growing waits, then given up', async () => {
  const retryConfig = { maxAttempts: 3, minBackoff: { seconds: 10 }, maxDoublings: 5 };
  await createQueue({ retryConfig });
  rig.target.status = 503;
  const begun = rig.clock.now().getTime();
  await createTask();
  await rig.target.wait(1);
  const failed = (count: number) => until(list, ([task]) => task?.responseCount === count);
  const [first] = await failed(1);
  assert.deepEqual([first?.lastAttempt?.responseStatus?.code, first?.dispatchCount], [14, 1]);
  await rig.clock.advance(10_000);
  await rig.target.wait(2);
  await failed(2);
  await rig.clock.advance(20_000);
  const third = await rig.target.wait(3);
  assert.equal(third.headers['x-cloudtasks-taskretrycount'], '2');
  await until(list, (tasks) => tasks.length === 0);
  assert.deepEqual(
    rig.target.arrived.map(({ at }) => Date.parse(at) - begun),
    [0, 10_000, 30_000],
  );
});

test('a queue sends as fast, and as many at once, as it may', async () => {
  const rateLimits = { maxDispatchesPerSecond: 2, maxConcurrentDispatches: 3 };
  await createQueue({ rateLimits });
  rig.target.status = null;
  for (let nr = 0; nr < 5; nr++) await createTask();
  await rig.target.wait(1);
  await rig.clock.advance(500);
  await rig.target.wait(2);
  await rig.clock.advance(5_000);
  await rig.target.wait(3);
  await rig.clock.advance(5_000);
  assert.equal(rig.target.arrived.length, 3);
  rig.target.release();
  await until(list, (tasks) => tasks.length === 2);
  await rig.clock.advance(5_000);
  await rig.target.wait(5);
  rig.target.release();
  await until(list, (tasks) => tasks.length === 0);
});

test('a paused queue keeps its tasks, one of which can be run; a purge drops them', async () => {
  await createQueue();
  assert.equal((await client.pauseQueue({ name: parent }))[0].state, 'PAUSED');
  const task = await createTask({}, { body: Buffer.from('x') });
  await createTask();
  await rig.clock.advance(60_000);
  assert.equal(rig.target.arrived.length, 0);
  const [full] = await client.getTask({ name: task.name ?? '', responseView: 'FULL' });
  assert.deepEqual([full.view, full.httpRequest?.body?.toString()], ['FULL', 'x']);
  await client.runTask({ name: task.name ?? '' });
  await rig.target.wait(1);
  await until(list, (tasks) => tasks.length === 1);
  const [purged] = await client.purgeQueue({ name: parent });
  assert.deepEqual([purged.state, (await list()).length], ['PAUSED', 0]);
  await client.resumeQueue({ name: parent });
  const dropped = await createTask({ scheduleTime: seconds(rig.clock.now().getTime() + 60_000) });
  await client.deleteTask({ name: dropped.name ?? '' });
  await assert.rejects(client.getTask({ name: dropped.name ?? '' }), hasCode(5, /not found/));
});

test('what was under way when it ended is sent again by the next', async () => {
  await createQueue();
  rig.target.status = null;
  await createTask();
  await createTask({ scheduleTime: seconds(rig.clock.now().getTime() + 60_000) });
  await rig.target.wait(1);
  await client.close();
  await rig.close();
  rig.target.status = 200;
  client = new CloudTasksClient(await rig.open());
  assert.equal((await list()).length, 2);
  await rig.clock.advance(60_000);
  await rig.target.wait(3);
  await until(list, (tasks) => tasks.length === 0);
});

test('what Cloud Tasks refuses is refused, and what is not modelled by its name', async () => {
  await createQueue();
  const bad = { name: `${location}/queues/a_b` };
  await assert.rejects(
    client.createQueue({ parent: location, queue: bad }),
    hasCode(3, /Queue name/),
  );
  const same = { parent: location, queue: { name: parent } };
  await assert.rejects(client.createQueue(same), hasCode(6, /already exists/));
  const fast = { ...same.queue, rateLimits: { maxDispatchesPerSecond: 501 } };
  await assert.rejects(client.updateQueue({ queue: fast }), hasCode(3, /at most 500/));
  const refusals: [Task, object, number, RegExp][] = [
    [{ name: 'bell' }, {}, 3, /Task name must be formatted/],
    [{ dispatchDeadline: { seconds: 14 } }, {}, 3, /dispatch_deadline: is 14/],
    [{ scheduleTime: seconds(rig.clock.now().getTime() + 31 * 86_400_000) }, {}, 3, /30 days/],
    [{}, { url: 'ftp://x' }, 3, /http_request.url/],
    [{}, { httpMethod: 'GET', body: Buffer.from('x') }, 3, /not with GET/],
    [{}, { body: Buffer.alloc(102_401) }, 3, /at most 102400 bytes/],
    [{ httpRequest: undefined, appEngineHttpRequest: {} }, {}, 12, /appEngineHttpRequest/],
  ];
  for (const [more, request, code, words] of refusals)
    await assert.rejects(createTask(more, request), hasCode(code, words));
  parent = `${location}/queues/nope`;
  await assert.rejects(createTask(), hasCode(5, /Queue does not exist/));
});
