import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { LoggingServiceV2Client } from '@google-cloud/logging-api';
import type { protos } from '@google-cloud/logging-api';
import { hasCode } from '../../control-plane/cloud-rig.fake.ts';
import { ProductRig } from '../../push/push-rig.fake.ts';
import { openLogging } from './cloud-logging.ts';

type Entry = protos.google.logging.v2.ILogEntry;

const project = 'projects/p';
const logName = `${project}/logs/app`;
const resource = { type: 'global', labels: { project_id: 'p' } };
const noRetry = { retry: { retryCodes: [] } };

let rig: ProductRig;
let client: LoggingServiceV2Client;

before(async () => {
  rig = new ProductRig(openLogging);
  client = new LoggingServiceV2Client(await rig.start());
  await write([
    text('one', { severity: 'INFO', labels: { run: 'r-1' } }),
    text('two', { severity: 'ERROR', trace: 'projects/p/traces/abc' }),
    json({ message: 'three', tenant: { id: 'acme' }, rows: 7 }, { severity: 'WARNING' }),
    {
      ...json({ message: 'four', rows: 12 }),
      logName: `${project}/logs/run.googleapis.com%2Fstdout`,
    },
    text('other project', { logName: 'projects/q/logs/app' }),
    {
      ...at(4),
      httpRequest: { status: 503, requestSize: 12, latency: { seconds: 2 } },
      textPayload: 'five',
    },
  ]);
});

after(async () => {
  await client.close();
  await rig.end();
});

let seconds = 0;
/** So many seconds after the rig's clock stood still; counted on for each entry. */
function at(offset = seconds++): Entry {
  return { timestamp: { seconds: Math.floor(rig.clock.now().getTime() / 1000) - 100 + offset } };
}

function text(textPayload: string, more: Entry = {}): Entry {
  return { ...at(), textPayload, ...more };
}

/** As a google.protobuf.Struct. */
function json(fields: object, more: Entry = {}): Entry {
  return { ...at(), jsonPayload: struct(fields), ...more };
}

function struct(fields: object): protos.google.protobuf.IStruct {
  const entries = Object.entries(fields).map(([name, value]) => [name, valueOf(value)]);
  return { fields: Object.fromEntries(entries) as protos.google.protobuf.IStruct['fields'] };
}

function valueOf(value: unknown): protos.google.protobuf.IValue {
  if (typeof value === 'number') return { numberValue: value };
  if (typeof value === 'string') return { stringValue: value };
  return { structValue: struct(value as object) };
}

async function write(entries: Entry[], more: object = {}): Promise<void> {
  await client.writeLogEntries({ logName, resource, entries, ...more }, noRetry);
}

async function find(filter: string, more: object = {}): Promise<string[]> {
  const [entries] = await client.listLogEntries({ resourceNames: [project], filter, ...more });
  return entries.map(
    ({ textPayload, jsonPayload }) =>
      textPayload || (jsonPayload?.fields?.message?.stringValue ?? '?'),
  );
}

const ALL = ['one', 'two', 'three', 'four', 'five'];

test('filters find what they say', async () => {
  const cases: [filter: string, found: string[]][] = [
    ['', ALL],
    ['severity>=WARNING', ['two', 'three']],
    ['severity = ERROR', ['two']],
    ['severity=(ERROR OR WARNING)', ['two', 'three']],
    ['severity<info', ['four', 'five']],
    [`logName="${logName}" AND severity!=DEFAULT`, ['one', 'two', 'three']],
    ['log_id("run.googleapis.com/stdout")', ['four']],
    ['resource.type="global" resource.labels.project_id=p', ALL],
    ['textPayload:"WO"', ['two']],
    ['textPayload="ONE"', ['one']],
    ['textPayload=~"^t"', ['two']],
    ['textPayload!~"^t"', ['one', 'three', 'four', 'five']],
    ['jsonPayload.tenant.id = acme', ['three']],
    ['jsonPayload.rows > 8', ['four']],
    ['jsonPayload.rows=7', ['three']],
    ['jsonPayload.rows:*', ['three', 'four']],
    ['labels.run="r-1"', ['one']],
    ['labels.run=r-1', ['one']],
    ['trace="projects/p/traces/abc"', ['two']],
    ['httpRequest.status>=500 AND httpRequest.requestSize<100', ['five']],
    ['httpRequest.latency>"1.5s"', ['five']],
    ['NOT severity>=INFO', ['four', 'five']],
    ['-severity>=INFO textPayload:*', ['five']],
    // OR binds closer than AND.
    ['severity=INFO OR severity=ERROR AND textPayload=two', ['two']],
    ['severity=INFO OR (severity=ERROR AND textPayload=two)', ['one', 'two']],
    ['acme', ['three']],
    ['r-1 -- a comment', ['one']],
    ['timestamp>="2026-03-07T03:02:27Z" AND timestamp<2026-03-07T03:02:29Z', ['three', 'four']],
    ['timestamp>"2027-01-01"', []],
    ['jsonPayload.nothing=1', []],
  ];
  const found = [];
  for (const [filter] of cases) found.push([filter, await find(filter)]);
  assert.deepEqual(found, cases);
});

test('what is no filter is refused with its place', async () => {
  const bad: [string, RegExp][] = [
    ['severity>=LOUD', /character 11.*expected a severity/],
    ['sevrity=ERROR', /no such field/],
    ['severity=', /expected a value/],
    ['(severity=INFO', /expected \)/],
    ['textPayload=~"["', /no regular expression/],
    ['timestamp>yesterday', /expected a time/],
    ['sample(insertId, 0.1)', /local-cloud does not model this function/],
    ['severity=INFO)', /expected AND, OR or the end/],
  ];
  for (const [filter, words] of bad) await assert.rejects(find(filter), hasCode(3, words));
});

test('entries come by time, newest first where asked, in pages', async () => {
  assert.deepEqual(await find('', { orderBy: 'timestamp desc' }), ALL.toReversed());
  const request = { resourceNames: [project], pageSize: 2, orderBy: 'timestamp desc' };
  const pages: number[] = [];
  let pageToken: string | undefined;
  do {
    const [entries, , page] = await client.listLogEntries(
      { ...request, ...(pageToken && { pageToken }) },
      { autoPaginate: false },
    );
    pages.push(entries.length);
    pageToken = page?.nextPageToken ?? undefined;
  } while (pageToken);
  assert.deepEqual(pages, [2, 2, 1]);
  await assert.rejects(find('', { orderBy: 'severity' }), hasCode(3, /order_by/));
});

test('an entry gets what it lacks, and is kept once', async () => {
  const own = { resourceNames: ['projects/own'] };
  const entries = [{ insertId: 'a', textPayload: 'x', ...at(0) }];
  const request = { logName: 'projects/own/logs/once', labels: { by: 'test' } };
  await write(entries, request);
  await write(entries, request);
  const [[entry, ...more]] = await client.listLogEntries(own);
  assert.deepEqual(
    [more.length, entry?.insertId, entry?.labels, entry?.resource?.type, entry?.severity],
    [0, 'a', { by: 'test' }, 'global', 'DEFAULT'],
  );
  await write([{ textPayload: 'y' }], { ...request, dryRun: true });
  assert.equal((await client.listLogEntries(own))[0].length, 1);
});

test('all are refused with one, unless a part may succeed', async () => {
  const logs = { logName: 'projects/part/logs/app' };
  const entries = [text('good'), text('x'.repeat(257 * 1024)), text('also good')];
  await assert.rejects(write(entries, logs), hasCode(3, /exceeds maximum size of 262144 bytes/));
  const own = { resourceNames: ['projects/part'] };
  assert.deepEqual(await find('', own), []);
  await assert.rejects(write(entries, { ...logs, partialSuccess: true }), hasCode(3, /exceeds/));
  assert.deepEqual(await find('', own), ['good', 'also good']);
  const refusals: [Entry, object, RegExp][] = [
    [text('x'), { resource: null }, /monitored resource/],
    [text('x'), { logName: '' }, /Log name must be specified/],
    [text('x'), { logName: 'projects/p/logs/a b' }, /is not of the form/],
    [{ ...text('x'), timestamp: { seconds: 4e9 } }, {}, /24 hours in the future/],
  ];
  for (const [entry, more, words] of refusals)
    await assert.rejects(write([entry], more), hasCode(3, words));
});

test('logs are listed, and deleted; entries outlive the process', async () => {
  const [names] = await client.listLogs({ parent: project });
  assert.deepEqual(names, [logName, `${project}/logs/run.googleapis.com%2Fstdout`]);
  await write([text('gone')], { logName: `${project}/logs/gone` });
  await client.deleteLog({ logName: `${project}/logs/gone` });
  const again = client.deleteLog({ logName: `${project}/logs/gone` });
  await assert.rejects(again, hasCode(5, /does not exist/));
  await client.close();
  await rig.close();
  client = new LoggingServiceV2Client(await rig.open());
  assert.deepEqual(await find(''), ALL);
});
