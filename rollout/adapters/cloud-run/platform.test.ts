import assert from 'node:assert/strict';
import { after, beforeEach, test } from 'node:test';
import { systemClock } from 'base/clock.ts';
import type { RevisionTemplate } from '../../engine/plan/effect.ts';
import { platformConformance } from '../../engine/apply/platform.conformance.ts';
import { grpcOptions } from '../google/grpc-options.ts';
import { startLocalCloud } from '../google/local-cloud.fake.ts';
import { CloudRunPlatform } from './platform.ts';

const LISTEN = `require('node:http').createServer((_, response) => response.end('ok')).listen(process.env.PORT)`;

function template(script: string): RevisionTemplate {
  return {
    image: 'app',
    command: [process.execPath],
    args: ['-e', script],
    port: 8080,
    env: {},
    secrets: {},
    cpu: '1',
    memory: '512Mi',
    concurrency: 80,
    timeoutMs: 10_000,
    maxInstances: 2,
    labels: {},
    startupPath: '/',
  };
}

const cloud = await startLocalCloud();
const opened: CloudRunPlatform[] = [];
after(async () => {
  await Promise.all(opened.map((one) => one.close()));
  await cloud.close();
});

function open(): CloudRunPlatform {
  const platform = new CloudRunPlatform({
    grpcOptions: () => grpcOptions(cloud.grpc),
    clock: systemClock,
    random: Math.random,
  });
  opened.push(platform);
  return platform;
}

platformConformance('Cloud Run', async () => ({
  platform: open(),
  openOther: open,
  project: 'local',
  region: 'here',
  good: template(LISTEN),
  bad: template('process.exit(1)'),
  now: () => systemClock.now(),
  close: async () => undefined,
}));

const REF = { project: 'local', region: 'here', service: 'shop' };
const OPERATION = 'projects/local/locations/here/operations/none';
const platform = open();

beforeEach(() => fetch(`${cloud.rest}/local/v1/faults`, { method: 'DELETE' }));

async function order(fault: object): Promise<void> {
  const body = JSON.stringify({ kind: 'status', ...fault });
  const { ok } = await fetch(`${cloud.rest}/local/v1/faults`, { method: 'POST', body });
  assert.ok(ok);
}

function hasCode(code: string, words: RegExp): (error: Error & { code?: string }) => boolean {
  return (error) => error.code === code && words.test(error.message);
}

const moveTraffic = {
  kind: 'moveTraffic',
  traffic: [{ revision: 'shop-1', percent: 100 }],
} as const;

test('a read is repeated while the platform is away for a moment', async () => {
  await order({ method: 'GetService', times: 2 });
  assert.equal(await platform.readService(REF), null);
});

test('a write whose answer is lost is not repeated blindly', async () => {
  await order({ method: 'UpdateService', times: 1 });
  const lost = platform.begin(REF, moveTraffic, '"1"');
  await assert.rejects(lost, hasCode('platform_unreachable', /^moveTraffic of projects\/local/));
});

test('another writer is a conflict', async () => {
  await order({ method: 'UpdateService', code: 'ABORTED', message: 'the version is another' });
  const late = platform.begin(REF, moveTraffic, '"1"');
  await assert.rejects(late, hasCode('etag_stale', /: the version is another$/));
});

test('a denied read says so at once', async () => {
  await order({ method: 'ListRevisions', code: 'PERMISSION_DENIED', message: 'no' });
  await assert.rejects(platform.readService(REF), hasCode('platform_denied', /: no$/));
});

test('a write to a service that is not there is refused', async () => {
  await assert.rejects(
    platform.begin(REF, moveTraffic, '"1"'),
    hasCode('service_absent', /moveTraffic of/),
  );
  await assert.rejects(
    platform.begin(REF, { kind: 'annotate', annotations: { a: '1' } }, '"1"'),
    hasCode('service_absent', /^There is no projects\/local/),
  );
});

test('an operation that nobody knows is told from one that is late', async () => {
  const deadline = new Date(Date.now() + 10_000);
  await assert.rejects(platform.finish(OPERATION, deadline), hasCode('operation_unknown', /none/));
});

test('a revision has its secrets, and one whose secret is not there does not start', async () => {
  const ref = { ...REF, service: 'keyed' };
  const script = `if (process.env.KEY !== 'hunter2') process.exit(1); ${LISTEN}`;
  const withKey = (secret: string) => ({
    ...template(script),
    secrets: { KEY: { secret, version: 'latest' } },
  });
  const secrets = `${cloud.rest}/v1/projects/local/secrets`;
  const body = JSON.stringify({ replication: { automatic: {} } });
  await fetch(`${secrets}?secretId=keyed-key`, { method: 'POST', body });
  const data = Buffer.from('hunter2').toString('base64');
  const version = JSON.stringify({ payload: { data } });
  await fetch(`${secrets}/keyed-key:addVersion`, { method: 'POST', body: version });

  const create = { kind: 'createService', tag: 'first', minInstances: 0, annotations: {} } as const;
  const first = { ...create, revision: 'keyed-one', template: withKey('keyed-key') };
  const soon = () => new Date(Date.now() + 30_000);
  await platform.finish(await platform.begin(ref, first, null), soon());
  const have = await platform.readService(ref);
  assert.deepEqual([have?.revisions[0]?.name, have?.revisions[0]?.state], ['keyed-one', 'ready']);

  const other = { ...create, revision: 'lost-one', template: withKey('none') };
  const lost = await platform.begin({ ...REF, service: 'lost' }, other, null);
  await assert.rejects(
    platform.finish(lost, soon()),
    hasCode(
      'operation_failed',
      /Secret projects\/local\/secrets\/none\/versions\/latest was not found/,
    ),
  );
});
