import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { CommandProcess } from 'base/terminal/command-process.fake.ts';
import type { Ended } from 'base/terminal/command-process.fake.ts';
import { CliProcess } from './cli-process.fake.ts';

const ROLLOUT_YAML = `service: hello
command: [node, server.js]
environments:
  local: { project: local, region: europe-west1 }
  broken:
    project: local
    region: europe-west1
    strategy: { prove: { suite: never, retries: 0 }, steps: [{ traffic: 100 }] }
  patient:
    project: local
    region: europe-west1
    strategy: { steps: [{ traffic: 10, for: 1h }, { traffic: 100 }] }
strategy:
  prove: { health: / }
  steps: [{ traffic: 100 }]
suites:
  never: [{ name: health, path: /, status: 201 }]
`;

const SERVER = `
const { createServer } = require('node:http');
createServer((request, response) => response.end(process.env.K_REVISION)).listen(process.env.PORT);
`;

const folder = mkdtempSync(join(tmpdir(), 'rollout-local-cloud-'));
const env = { PATH: `${dirname(process.execPath)}:${process.env.PATH ?? ''}` };
const cloud = new CommandProcess(
  join(import.meta.dirname, '../../local-cloud/cli/bin.cjs'),
  ['start'],
  { folder, env },
);

before(async () => {
  writeFileSync(join(folder, 'rollout.yaml'), ROLLOUT_YAML);
  writeFileSync(join(folder, 'server.js'), SERVER);
  await cloud.sees(/local-cloud is up/);
});
after(async () => {
  cloud.child.kill('SIGTERM');
  await cloud.ended;
  rmSync(folder, { recursive: true, force: true });
});

const call = (...args: string[]): Promise<Ended> => new CliProcess(args, { folder, env }).ended;

async function ask<T>(...args: string[]): Promise<T> {
  const { code, stdout, stderr } = await call(...args, '--json');
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout) as T;
}

interface Status {
  service: { url: string; served: { revision: string; percent: number }[] };
  rollout: { id: string; canary: string; outcome: string | null; held: object | null };
}

test('a service from its first release to its rollback', async () => {
  const plan = await ask<{ kind: string }>('plan', 'local');
  assert.equal(plan.kind, 'create');
  assert.equal((await call('status', 'local')).code, 4);

  const first = await call('deploy', 'local', '--image-tag', 'v1');
  assert.equal(first.code, 0, first.stderr);
  assert.match(first.stdout, /\nhello-v1-\w+ is promoted after /);
  const one = await ask<Status>('status', 'local');
  assert.equal(one.rollout.outcome, 'promoted');
  assert.equal(await greet(one), one.rollout.canary);

  const second = await call('deploy', 'local', '--image-tag', 'v2', '--skip-canary', '--json');
  const records = second.stdout.trimEnd().split('\n');
  const end = JSON.parse(records.at(-1) ?? '') as { kind: string; rollout: Status['rollout'] };
  assert.deepEqual([second.code, end.kind, end.rollout.outcome], [0, 'end', 'promoted']);
  const two = await ask<Status>('status', 'local');
  assert.equal(await greet(two), end.rollout.canary);

  const planned = await ask<{ to: string }>('rollback', 'local', '--dry-run');
  assert.equal(planned.to, one.rollout.canary);
  assert.equal(await greet(two), end.rollout.canary);
  const back = await ask<{ to: string; tookMs: number }>('rollback', 'local');
  assert.equal(back.to, one.rollout.canary);
  assert.equal(await greet(two), one.rollout.canary);

  const listed = await ask<{ revision: string; unfit: string | null }[]>(
    'rollback',
    'local',
    '--list',
  );
  assert.match(
    listed.find(({ revision }) => revision === end.rollout.canary)?.unfit ?? '',
    /quarantine/,
  );
  const history = await ask<{ outcome: string }[]>('history', 'local');
  assert.deepEqual(
    history.map(({ outcome }) => outcome),
    ['rolledBack', 'promoted', 'promoted'],
  );
  const [verified, examined] = await Promise.all([
    call('verify', 'local'),
    call('doctor', 'local'),
  ]);
  assert.deepEqual([verified.code, examined.code], [0, 0], verified.stdout + examined.stdout);
});

test('a release that fails its proof serves nobody', async () => {
  const { code, stdout } = await call('deploy', 'broken', '--image-tag', 'v3');
  assert.equal(code, 10, stdout);
  assert.match(stdout, /health failed 1 times: answered 200 instead of 201/);
});

test('two rollouts of one service exclude each other, and a hold can be taken over from elsewhere', async () => {
  const running = new CliProcess(['deploy', 'patient', '--image-tag', 'v4'], { folder, env });
  await running.sees(/10 % \(tag/);
  const refused = await call('deploy', 'local');
  assert.equal(refused.code, 5);
  assert.match(refused.stderr, /has been shipping the service since .*\[rollout_refused\]\nhint: /);
  const held = await call('hold', 'patient', '--reason', 'lunch');
  assert.deepEqual([held.code, /runs it and does so/.test(held.stdout)], [0, true]);
  await running.sees(/says hold: lunch/);

  running.child.kill('SIGINT');
  const left = await running.ended;
  assert.equal(left.code, 130);
  assert.match(
    left.stderr,
    /nobody runs it now\. Traffic stays: .*\n {2}rollout resume --service hello/,
  );

  const elsewhere = join(folder, 'elsewhere');
  mkdirSync(elsewhere);
  const flags = ['--service', 'hello', '--region', 'europe-west1', '--local'];
  const abort = new CliProcess(['abort', ...flags, '--reason', 'enough'], {
    folder: elsewhere,
    env,
  });
  const aborted = await abort.ended;
  assert.equal(aborted.code, 0, aborted.stderr);
  assert.match(aborted.stdout, /is aborted after/);
  const { service } = await ask<Status>('status', 'local');
  assert.deepEqual(
    service.served.filter(({ percent }) => percent > 0).map(({ percent }) => percent),
    [100],
  );
  assert.equal((await call('abort', 'local')).code, 5);
});

async function greet({ service }: Status): Promise<string> {
  return (await fetch(service.url)).text();
}
