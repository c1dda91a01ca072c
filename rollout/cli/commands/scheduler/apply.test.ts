import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Ended } from 'base/terminal/command-process.fake.ts';
import { startLocalCloud } from '../../../adapters/google/local-cloud.fake.ts';
import type { LocalCloudFake } from '../../../adapters/google/local-cloud.fake.ts';
import { CliProcess } from '../../cli-process.fake.ts';

const KEY = 'not-to-be-seen-by-anybody-0123456789';
const LOCATION = 'v1/projects/local/locations/europe-west1';

/** Takes only what the jobs below must send. */
const SERVER = `require('node:http').createServer((request, response) => {
  let body = '';
  request.on('data', (text) => (body += text)).on('end', () => {
    const { method, url, headers } = request;
    const isReset = headers['x-admin-key']?.startsWith('${KEY}') && url.endsWith('/reset-daily-quotas');
    const isTrigger = headers.authorization?.startsWith('Bearer ') && body === '{"a": "it\\'s"}' &&
      headers['content-type'] === 'application/json' && url.endsWith('/trigger');
    response.writeHead(method === 'POST' && (isReset || isTrigger) ? 200 : 400).end();
  });
}).listen(process.env.PORT);`;

const rolloutYaml = (minutes: string, more = '') => `service: api
command: [node, server.js]
environments: { local: { project: local, region: europe-west1 } }
strategy: direct
scheduler:
  reset-quotas:
    schedule: '0 0 * * *'
    path: /api/v1/scheduler/reset-daily-quotas
    headers: { X-Admin-Key: { secret: admin-key } }
    retries: 3
    backoff: { from: 10s, to: 5m }
    deadline: 30s
  trigger:
    schedule: '${minutes}'
    zone: Europe/Berlin
    path: /api/v1/scheduler/trigger
    body: '{"a": "it''s"}'
    serviceAccount: jobs@local.iam.gserviceaccount.com
${more}`;

const folder = mkdtempSync(join(tmpdir(), 'rollout-scheduler-'));
let cloud: LocalCloudFake;
let env: Record<string, string>;

before(async () => {
  cloud = await startLocalCloud();
  writeFileSync(join(folder, 'endpoints.json'), JSON.stringify(cloud));
  env = {
    PATH: `${dirname(process.execPath)}:${process.env.PATH ?? ''}`,
    LOCAL_CLOUD_HOME: folder,
  };
  declare('*/5 * * * *');
  await rest('POST', 'v1/projects/local/secrets?secretId=admin-key', {
    replication: { automatic: {} },
  });
  const data = Buffer.from(KEY).toString('base64');
  await rest('POST', 'v1/projects/local/secrets/admin-key:addVersion', { payload: { data } });
  await createService();
});
after(async () => {
  await cloud.close();
  rmSync(folder, { recursive: true });
});

function declare(minutes: string, more = ''): void {
  writeFileSync(join(folder, 'rollout.yaml'), rolloutYaml(minutes, more));
}

async function rest<T>(method: string, path: string, body?: object): Promise<T> {
  const response = await fetch(`${cloud.rest}/${path}`, {
    method,
    ...(body && { body: JSON.stringify(body) }),
  });
  assert.equal(response.status, 200, `${path}: ${await response.clone().text()}`);
  return (await response.json()) as T;
}

async function createService(): Promise<void> {
  const container = { image: 'api', command: [process.execPath, '-e', SERVER] };
  const service = { template: { containers: [container] } };
  const path = 'v2/projects/local/locations/europe-west1';
  const { name } = await rest<{ name: string }>('POST', `${path}/services?serviceId=api`, service);
  await rest('POST', `v2/${name}:wait`, { timeout: '30s' });
}

const call = (...args: string[]): Promise<Ended> =>
  new CliProcess(['scheduler', 'apply', 'local', ...args], { folder, env }).ended;

interface Applied {
  readonly jobs: readonly { name: string; change: string; differs: string[]; url: string }[];
  readonly undeclared: readonly string[];
  readonly commands?: readonly string[];
}

async function apply(...args: string[]): Promise<Applied> {
  const { code, stdout, stderr } = await call(...args, '--json');
  assert.equal(code, 0, stderr);
  assert.equal(stdout.includes(KEY), false);
  return JSON.parse(stdout) as Applied;
}

const changes = ({ jobs }: Applied) => jobs.map(({ change, differs }) => [change, ...differs]);

test('a dry run writes nothing, and shows commands that gcloud accepts', async (t) => {
  const planned = await apply('--dry-run');
  assert.deepEqual(changes(planned), [['create'], ['create']]);
  assert.deepEqual(await rest('GET', `${LOCATION}/jobs`), {});
  const { stdout } = await call('--dry-run');
  assert.match(stdout, /^would create api-reset-quotas {2}0 0 \* \* \* Etc\/UTC {2}POST http:/);
  assert.equal(stdout.includes(KEY), false);

  if (!(await hasGcloud())) return t.skip('gcloud is not installed');
  for (const command of planned.commands ?? []) await runInShell(command);
  const found = await apply('--dry-run');
  assert.deepEqual(changes(found), [['unchanged'], ['unchanged']]);
  for (const { name } of found.jobs) await rest('DELETE', `${LOCATION}/jobs/${name}`);
});

test('jobs are created, then left alone, then updated where they differ', async (t) => {
  declare('*/5 * * * *', '  old: { schedule: "0 4 * * *", path: /old }\n');
  assert.deepEqual(changes(await apply()), [['create'], ['create'], ['create']]);
  assert.deepEqual(changes(await apply()), [['unchanged'], ['unchanged'], ['unchanged']]);
  await rest('POST', `${LOCATION}/jobs/api-trigger:pause`, {});
  declare('* * * * *');
  const { stdout } = await call('--dry-run');
  assert.match(stdout, /would update api-trigger .* \(schedule\) {2}\(paused\)/);
  assert.match(stdout, /not declared any more: api-old; delete it with: gcloud .* delete api-old/);
  const planned = await apply('--dry-run');
  assert.deepEqual(changes(planned), [['unchanged'], ['update', 'schedule']]);
  assert.deepEqual(planned.undeclared, ['api-old']);
  if (await hasGcloud()) {
    for (const command of planned.commands ?? []) await runInShell(command);
    assert.deepEqual(changes(await apply()), [['unchanged'], ['unchanged']]);
  } else {
    t.diagnostic('gcloud is not installed: its commands were not tried');
    assert.deepEqual(changes(await apply()), changes(planned));
  }
  const { state } = await rest<{ state: string }>('GET', `${LOCATION}/jobs/api-trigger`);
  assert.equal(state, 'PAUSED');
});

test('a new version of the key is a difference, which is not shown', async () => {
  await apply();
  const data = Buffer.from(`${KEY}-new`).toString('base64');
  await rest('POST', 'v1/projects/local/secrets/admin-key:addVersion', { payload: { data } });
  assert.deepEqual(changes(await apply()), [['update', 'header X-Admin-Key'], ['unchanged']]);
});

test('a job calls the service with the key and the body', async () => {
  await apply();
  const { name: job, httpTarget } = await rest<{ name: string; httpTarget: { uri: string } }>(
    'GET',
    `${LOCATION}/jobs/api-trigger`,
  );
  await rest('POST', `v1/${job}:run`, {});
  await rest('POST', `${LOCATION}/jobs/api-reset-quotas:run`, {});
  assert.match(httpTarget.uri, /^http:\/\/127\.0\.0\.1:\d+\/api\/v1\/scheduler\/trigger$/);
  for (const name of ['api-trigger', 'api-reset-quotas']) await succeeds(name);
});

/** The status of a job is there once its attempt is over; an empty one is a success. */
async function succeeds(name: string): Promise<void> {
  const giveUpAtMs = performance.now() + 10_000;
  for (;;) {
    const { status } = await rest<{ status?: object }>('GET', `${LOCATION}/jobs/${name}`);
    if (status) return assert.deepEqual(status, {});
    assert.ok(performance.now() < giveUpAtMs, `${name} was never attempted`);
  }
}

test('what a fault has broken off is completed by the next', async () => {
  declare('*/7 * * * *');
  const fault = { kind: 'status', code: 'UNAVAILABLE', method: 'UpdateJob', times: 1 };
  await rest('POST', 'local/v1/faults', fault);
  const { code, stderr } = await call();
  assert.equal(code, 6, stderr);
  assert.match(stderr, /^error: job api-\w+(-\w+)*: .*\[platform_unreachable\]/);
  assert.deepEqual(changes(await apply()), [['unchanged'], ['update', 'schedule']]);
});

test('what cannot be applied says why', async () => {
  declare('every 5 minutes');
  const bad = await call();
  assert.equal(bad.code, 2);
  assert.match(bad.stderr, /rollout.yaml:14:\d+: .*five fields of cron such as \*\/5/);
  writeFileSync(
    join(folder, 'rollout.yaml'),
    'service: api\nimage: a\nenvironments: { local: { project: local } }\n',
  );
  const none = await call();
  assert.deepEqual([none.code, /scheduler_absent/.test(none.stderr)], [4, true]);
  declare(
    '* * * * *',
    '  more: { schedule: "0 4 * * *", path: /x, headers: { A: { secret: nope } } }\n',
  );
  const secret = await call();
  assert.equal(secret.code, 4, secret.stderr);
  assert.match(
    secret.stderr,
    /projects\/local\/secrets\/nope\/versions\/latest.*\[secret_absent\]/,
  );
  assert.match(secret.stderr, /gcloud secrets create nope/);
});

async function hasGcloud(): Promise<boolean> {
  const found = await new Promise<boolean>((resolve) => {
    execFile('gcloud', ['--version'], (error) => resolve(error === null));
  });
  assert.ok(found || process.env.CI !== 'true', 'gcloud is missing');
  return found;
}

/** A command that a person would copy, with gcloud pointed at local-cloud. */
async function runInShell(command: string): Promise<void> {
  const overrides = 'CLOUDSDK_API_ENDPOINT_OVERRIDES_';
  const ofGcloud = {
    CLOUDSDK_CONFIG: join(folder, 'gcloud'),
    CLOUDSDK_AUTH_DISABLE_CREDENTIALS: 'true',
    CLOUDSDK_CORE_DISABLE_PROMPTS: '1',
    [`${overrides}CLOUDSCHEDULER`]: `${cloud.rest}/`,
    [`${overrides}SECRETMANAGER`]: `${cloud.rest}/`,
  };
  await new Promise<void>((resolve, reject) => {
    execFile(
      'sh',
      ['-c', command],
      { env: { ...env, HOME: folder, ...ofGcloud } },
      (error, _, told) => (error ? reject(new Error(`${command}\n${told}`)) : resolve()),
    );
  });
}
