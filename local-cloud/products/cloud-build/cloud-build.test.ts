import { v1 } from '@google-cloud/cloudbuild';
import type { protos } from '@google-cloud/cloudbuild';
import { Storage } from '@google-cloud/storage';
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { CloudProcess } from '../../cli/cloud-process.fake.ts';
import { grpcOptions, hasCode } from '../../control-plane/cloud-rig.fake.ts';
import { findEngine } from '../../data-plane/process/plan-launch.ts';

type Build = protos.google.devtools.cloudbuild.v1.IBuild;
type Step = protos.google.devtools.cloudbuild.v1.IBuildStep;

const PROJECT = 'p';
let cloud: CloudProcess;
let client: v1.CloudBuildClient;
let bucket: ReturnType<Storage['bucket']>;
let folder = '';

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'builds-'));
  cloud = await CloudProcess.start();
  connect();
  await bucket.create();
});
after(async () => {
  await client.close();
  await cloud.end('SIGTERM');
  await cloud.remove();
  await rm(folder, { recursive: true });
});

function connect(): void {
  client = new v1.CloudBuildClient(grpcOptions(cloud.endpoints.grpc));
  const storage = new Storage({ projectId: PROJECT, apiEndpoint: cloud.endpoints.rest });
  bucket = storage.bucket('sources');
}

function shell(script: string, step: Step = {}): Step {
  return { name: 'bash', args: ['-c', script], ...step };
}

async function begin(build: Build): Promise<string> {
  const logs = { logsBucket: 'gs://sources/logs', options: { logging: 'GCS_ONLY' as const } };
  const [{ metadata }] = await client.createBuild({
    projectId: PROJECT,
    build: { ...logs, ...build },
  });
  return (metadata as unknown as { build: { id: string } }).build.id;
}

async function get(id: string): Promise<Build> {
  return (await client.getBuild({ projectId: PROJECT, id }))[0];
}

async function until(id: string, isMet: (build: Build) => boolean): Promise<Build> {
  for (;;) {
    const build = await get(id);
    if (isMet(build)) return build;
    await wait(50);
  }
}

async function run(build: Build): Promise<Build> {
  const id = await begin(build);
  return until(id, ({ status }) => status !== 'QUEUED' && status !== 'WORKING');
}

async function readLog({ id }: Build): Promise<string[]> {
  const [content] = await bucket.file(`logs/log-${id}.txt`).download();
  return content.toString().trim().split('\n');
}

function statuses({ steps }: Build): unknown[] {
  return (steps ?? []).map(({ status }) => status);
}

test('fetches the source, runs the steps in its folder and gives what they put out', async () => {
  await writeFile(join(folder, 'greeting'), 'hello');
  const archive = execFileSync('tar', ['-czf', '-', '-C', folder, 'greeting']);
  await bucket.file('source.tgz').save(archive);
  const script = 'echo "$(cat ../greeting) $_NAME, $$WHO"; echo out > $$BUILDER_OUTPUT/output';
  const build = await run({
    source: { storageSource: { bucket: 'sources', object: 'source.tgz' } },
    substitutions: { _NAME: 'world' },
    steps: [
      shell(script, { dir: 'sub', env: ['WHO=$PROJECT_ID'] }),
      { name: 'gcr.io/cloud-builders/npm', entrypoint: 'node', args: ['-p', '1 + 1'], id: 'sum' },
      { name: 'ubuntu', script: '#!/bin/sh\ncat /workspace/greeting' },
    ],
  });
  assert.equal(build.status, 'SUCCESS', build.statusDetail ?? '');
  const { buildStepOutputs } = build.results ?? {};
  assert.deepEqual(
    buildStepOutputs?.map((output) => Buffer.from(output).toString()),
    ['out\n', '', ''],
  );
  assert.deepEqual(Object.keys(build.timing ?? {}), ['FETCHSOURCE', 'BUILD']);
  assert.deepEqual(await readLog(build), [
    `starting build "${build.id}"`,
    '',
    'FETCHSOURCE',
    'Fetching storage object: gs://sources/source.tgz',
    'BUILD',
    'Starting Step #0',
    'Step #0: hello world, p',
    'Finished Step #0',
    'Starting Step #1 - "sum"',
    'Step #1 - "sum": 2',
    'Finished Step #1 - "sum"',
    'Starting Step #2',
    'Step #2: hello',
    'Finished Step #2',
    'DONE',
  ]);
});

test('a step that fails ends the build, unless it may', async () => {
  const build = await run({
    steps: [
      shell('exit 3', { allowFailure: true }),
      shell('exit 4', { allowExitCodes: [4] }),
      shell('echo no luck; exit 5', { id: 'bad' }),
      shell('echo never'),
    ],
  });
  const detail = 'build step 2 "bash" failed: step exited with non-zero status: 5';
  assert.deepEqual(
    [build.status, build.failureInfo?.type, build.failureInfo?.detail],
    ['FAILURE', 'USER_BUILD_STEP', detail],
  );
  assert.deepEqual(statuses(build), ['FAILURE', 'SUCCESS', 'FAILURE', 'STATUS_UNKNOWN']);
  const log = await readLog(build);
  assert.deepEqual(log.slice(-3), [
    'Starting Step #2 - "bad"',
    'Step #2 - "bad": no luck',
    `ERROR: ${detail}`,
  ]);
  const operation = `operations/build/${PROJECT}/${Buffer.from(build.id ?? '').toString('base64')}`;
  const [{ done, error }] = await client.operationsClient.getOperation({
    name: operation,
  } as never);
  assert.deepEqual([done, error?.code, error?.message], [true, 2, detail]);
});

test('a step waits for those that it names, and for none with a hyphen', async () => {
  const meet = (mine: string, other: string) =>
    shell(`touch ${mine}; until [ -e ${other} ]; do sleep 0.02; done`, {
      id: mine,
      waitFor: ['-'],
    });
  const last = shell('[ -e a ] && [ -e b ]', { waitFor: ['a', 'b'] });
  const build = await run({ steps: [meet('a', 'b'), meet('b', 'a'), last] });
  assert.deepEqual([build.status, statuses(build)], ['SUCCESS', ['SUCCESS', 'SUCCESS', 'SUCCESS']]);
});

test('a build that is cancelled, or too slow, ends with its programs', async () => {
  const lasting = (file: string) =>
    shell(`echo $$$$ > ${folder}/${file}; sleep 100 & wait`, { id: 'lasting' });
  const cancelled = await begin({ steps: [lasting('cancelled')] });
  const pid = await readPid('cancelled');
  await client.cancelBuild({ projectId: PROJECT, id: cancelled });
  assert.equal((await get(cancelled)).status, 'CANCELLED');
  await untilGone(pid);
  await assert.rejects(
    client.cancelBuild({ projectId: PROJECT, id: cancelled }),
    hasCode(9, /cannot cancel build/),
  );
  const slow = await run({ timeout: { seconds: 1 }, steps: [lasting('slow')] });
  assert.deepEqual(
    [slow.status, slow.statusDetail],
    ['TIMEOUT', 'the build ran longer than its timeout, 1s'],
  );
  await untilGone(await readPid('slow'));
  const step = shell('sleep 100', { timeout: { nanos: 100_000_000 } });
  const impatient = await run({ steps: [step] });
  assert.deepEqual([impatient.status, statuses(impatient)], ['TIMEOUT', ['TIMEOUT']]);
});

async function readPid(file: string): Promise<number> {
  for (;;) {
    const text = await readFile(join(folder, file), 'utf8').catch(() => '');
    if (text.endsWith('\n')) return Number(text);
    await wait(20);
  }
}

/** The process and all of its group. */
async function untilGone(pid: number): Promise<void> {
  for (;;) {
    try {
      process.kill(-pid, 0);
    } catch {
      return;
    }
    await wait(20);
  }
}

test('lists builds by filter, and tries one again as it was asked for', async () => {
  const tags = ['listed'];
  const first = await run({ tags, steps: [shell('echo $$$$; exit 1')] });
  const [operation] = await client.retryBuild({ projectId: PROJECT, id: first.id ?? '' });
  const { build } = operation.metadata as unknown as { build: Build };
  assert.deepEqual(
    build.steps?.map(({ args }) => args),
    [['-c', 'echo $$; exit 1']],
  );
  const list = async (filter: string) =>
    (await client.listBuilds({ projectId: PROJECT, filter }))[0].map(({ id }) => id);
  assert.deepEqual(await list('tags="listed"'), [build.id, first.id]);
  assert.deepEqual(await list(`tags="listed" AND build_id!="${build.id}"`), [first.id]);
  assert.deepEqual(await list('create_time>"2099-01-01T00:00:00Z" OR status="EXPIRED"'), []);
  await assert.rejects(list('colour=red'), hasCode(3, /"colour=red" is no comparison of status/));
});

test('refuses builds that it cannot run, and says why', async () => {
  const ok = shell('true');
  const refused: [Build, number, RegExp][] = [
    [{ steps: [] }, 3, /it has 0 build steps/],
    [
      { steps: [{ name: 'gcr.io/kaniko/executor' }] },
      12,
      /has none for step 0 "gcr.io\/kaniko\/executor"/,
    ],
    [{ steps: [{ name: 'gcr.io/cloud-builders/no-such' }] }, 12, /step 0/],
    [
      { steps: [ok, { name: 'node', entrypoint: 'no-such' }] },
      12,
      /step 1 "node" with the entrypoint no-such/,
    ],
    [{ steps: [shell('$_ABSENT')] }, 3, /key in the template "_ABSENT" is not matched/],
    [{ steps: [shell('$HOME')] }, 3, /"HOME" is not a valid built-in substitution/],
    [{ steps: [shell('${_A:-b}')], substitutions: { _A: '1' } }, 12, /expansion \$\{_A:-b\}/],
    [{ steps: [ok], substitutions: { _UNUSED: '1' } }, 3, /key "_UNUSED" in the substitution data/],
    [{ steps: [ok], substitutions: { lower: '1' } }, 3, /key "lower"/],
    [
      {
        steps: [
          { ...ok, waitFor: ['later'] },
          { ...ok, id: 'later' },
        ],
      },
      3,
      /waits for "later"/,
    ],
    [
      {
        steps: [
          { ...ok, id: 'a' },
          { ...ok, id: 'a' },
        ],
      },
      3,
      /two build steps have the id "a"/,
    ],
    [{ steps: [{ ...ok, secretEnv: ['A'] }] }, 12, /secretEnv/],
    [{ steps: [ok], source: { repoSource: { repoName: 'r' } } }, 12, /repoSource/],
    [{ steps: [{ name: 'bash', script: 'a', args: ['b'] }] }, 3, /a script beside args/],
  ];
  for (const [build, code, words] of refused)
    await assert.rejects(begin(build), hasCode(code, words), String(words));
  const absent = { storageSource: { bucket: 'sources', object: 'absent.tgz' } };
  const build = await run({ source: absent, steps: [ok] });
  assert.deepEqual([build.status, build.failureInfo?.type], ['FAILURE', 'FETCH_SOURCE_FAILED']);
  assert.match(build.statusDetail ?? '', /gs:\/\/sources\/absent.tgz: Error 404/);
});

test('a build over which local-cloud is killed ends with its programs, and is not run again', async () => {
  const id = await begin({ steps: [shell(`echo $$$$ > ${folder}/killed; sleep 100`)] });
  const pid = await readPid('killed');
  await client.close();
  await cloud.end('SIGKILL');
  await cloud.restart();
  connect();
  const build = await until(id, ({ status }) => status !== 'WORKING');
  assert.deepEqual(
    [build.status, build.statusDetail],
    ['INTERNAL_ERROR', 'local-cloud ended while the build ran'],
  );
  await untilGone(pid);
});

const engine = await findEngine();
const noEngine = engine === undefined && 'neither podman nor docker answers on this machine';
test('an image that docker made is kept in Artifact Registry', { skip: noEngine }, async () => {
  const { rest } = cloud.endpoints;
  await fetch(`${rest}/v1/projects/p/locations/here/repositories?repositoryId=images`, {
    method: 'POST',
    body: JSON.stringify({ format: 'DOCKER' }),
  });
  const image = 'here-docker.pkg.dev/p/images/app:$BUILD_ID';
  const docker = { name: 'gcr.io/cloud-builders/docker', args: ['build', '--tag', image, '.'] };
  const file = shell(String.raw`printf 'FROM scratch\nLABEL build=$BUILD_ID\n' > Dockerfile`);
  const build = await run({ steps: [file, docker], images: [image] });
  assert.equal(build.status, 'SUCCESS', build.statusDetail ?? '');
  const name = `here-docker.pkg.dev/p/images/app:${build.id}`;
  const listed = `${rest}/v1/projects/p/locations/here/repositories/images/dockerImages`;
  const { dockerImages } = (await (await fetch(listed)).json()) as {
    dockerImages: { uri: string; tags: string[] }[];
  };
  const digest = build.results?.images?.[0]?.digest;
  assert.deepEqual(
    dockerImages.map(({ uri, tags }) => [uri, tags]),
    [[`here-docker.pkg.dev/p/images/app@${digest}`, [build.id]]],
  );
  const absent = await run({ steps: [shell('true')], images: [`${name}-absent`] });
  assert.deepEqual([absent.status, absent.failureInfo?.type], ['FAILURE', 'PUSH_IMAGE_NOT_FOUND']);
  execFileSync(engine ?? '', ['image', 'rm', name], { stdio: 'ignore' });
});
