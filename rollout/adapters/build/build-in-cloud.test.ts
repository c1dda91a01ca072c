import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { Storage } from '@google-cloud/storage';
import { FakeClock } from 'base/clock.fake.ts';
import { grpcOptions } from '../google/grpc-options.ts';
import { startLocalCloud } from '../google/local-cloud.fake.ts';
import type { LocalCloudFake } from '../google/local-cloud.fake.ts';
import { runCommand } from '../shell/run-command.ts';
import { ImageBuilder } from './builder.ts';
import { CloudBuildFake } from './cloud-build.fake.ts';

const DIGEST = `sha256:${'b'.repeat(64)}`;
const IMAGE = 'r/shop:1';
const SUCCESS = {
  status: 'SUCCESS',
  results: { images: [{ name: IMAGE, digest: DIGEST }] },
} as const;

const builds = new CloudBuildFake();
let cloud: LocalCloudFake;
let endpoint = '';
let folder = '';
let ids = 0;

before(async () => {
  endpoint = await builds.start();
  cloud = await startLocalCloud();
  folder = await mkdtemp(join(tmpdir(), 'rollout-source-test-'));
  await mkdir(join(folder, 'app'));
  await writeFile(join(folder, 'app/Dockerfile'), 'FROM scratch\n');
  await writeFile(join(folder, 'app/.env'), 'SECRET=1\n');
  await writeFile(join(folder, 'app/.gitignore'), '.env\n');
  execFileSync('git', ['init', '--quiet'], { cwd: folder });
});
after(async () => {
  builds.close();
  await cloud.close();
  await rm(folder, { recursive: true });
});
beforeEach(() => {
  builds.created.length = 0;
  builds.refusal = null;
});

const lines: string[] = [];
function build(file: string | null = null, signal?: AbortSignal): Promise<string> {
  lines.length = 0;
  const builder = new ImageBuilder({
    grpcOptions: () => grpcOptions(endpoint),
    apiEndpoint: cloud.rest,
    bucket: null,
    clock: new FakeClock({ instant: true }),
    run: runCommand,
    newId: () => `id-${++ids}`,
  });
  const request = {
    build: { kind: 'cloud-build', file, context: 'app' },
    folder,
    image: IMAGE,
    project: 'p',
    region: 'europe-west1',
  } as const;
  return builder.build(request, (line) => lines.push(line), signal);
}

/** What Cloud Build writes into the log while it answers these, one after the other. */
function tell(...answers: readonly (readonly [log: string, build: object])[]): void {
  const bucket = new Storage({ projectId: 'p', apiEndpoint: cloud.rest }).bucket('p-rollout');
  const left = [...answers];
  let log = '';
  builds.next = async () => {
    const [added, answer] = left.shift() ?? ['', { status: 'WORKING' }];
    log += added;
    await bucket.file('logs/log-b-1.txt').save(log, { resumable: false });
    return answer;
  };
}

test('builds what git would take, shows the log as it grows and gives the digest', async () => {
  tell(['one\ntw', { status: 'QUEUED' }], ['o\n', { status: 'WORKING' }], ['three\n', SUCCESS]);
  assert.equal(await build(), `r/shop@${DIGEST}`);
  const object = `sources/id-${ids}.tgz`;
  assert.deepEqual(builds.created, [
    {
      parent: 'projects/p/locations/europe-west1',
      projectId: 'p',
      build: {
        timeout: { seconds: '1800' },
        steps: [{ name: 'gcr.io/cloud-builders/docker', args: ['build', '--tag', IMAGE, '.'] }],
        images: [IMAGE],
        source: { storageSource: { bucket: 'p-rollout', object } },
        logsBucket: 'gs://p-rollout/logs',
        options: { logging: 'GCS_ONLY' },
      },
    },
  ]);
  assert.deepEqual(lines, [
    `The source is in gs://p-rollout/${object}`,
    'Cloud Build runs b-1: https://log',
    'one',
    'two',
    'three',
  ]);
  const source = new Storage({ projectId: 'p', apiEndpoint: cloud.rest }).bucket('p-rollout');
  const [archive] = await source.file(object).download();
  const names = execFileSync('tar', ['-tzf', '-'], { input: archive, encoding: 'utf8' });
  assert.deepEqual(names.trim().split('\n').toSorted(), ['.gitignore', 'Dockerfile']);
});

test('a build that fails says so with its last lines', async () => {
  tell(['Step 1\nno such image\n', { status: 'FAILURE', statusDetail: 'step 0', logUrl: 'l' }]);
  await assert.rejects(build(), {
    code: 'build_failed',
    message: 'Cloud Build ended b-1 with FAILURE (step 0):\nStep 1\nno such image',
    hint: 'The whole log: l',
  });
});

test('a build that pushes something else is none', async () => {
  tell(['', { status: 'SUCCESS', results: { images: [{ name: 'r/other:1', digest: DIGEST }] } }]);
  await assert.rejects(build(), {
    code: 'build_failed',
    message: `Cloud Build did not push ${IMAGE}; it pushed:\nr/other:1`,
  });
});

test('a file of builds is taken as it is, and gets the image', async () => {
  const steps = 'steps:\n  - { name: builder, args: [a], timeout: 60s }\ntimeout: 120s\n';
  await writeFile(join(folder, 'cloudbuild.yaml'), steps);
  tell(['', SUCCESS]);
  await build('cloudbuild.yaml');
  const [request] = builds.created;
  assert.deepEqual(request?.build, {
    steps: [{ name: 'builder', args: ['a'], timeout: { seconds: '60' } }],
    timeout: { seconds: '120' },
    source: { storageSource: { bucket: 'p-rollout', object: `sources/id-${ids}.tgz` } },
    logsBucket: 'gs://p-rollout/logs',
    options: { logging: 'GCS_ONLY', substitutionOption: 'ALLOW_LOOSE' },
    substitutions: { _IMAGE: IMAGE },
  });
});

test('a file of builds with what Cloud Build does not know is refused', async () => {
  await writeFile(join(folder, 'strange.yaml'), 'stepz: []\nimages: [a]\noptions: { fast: 1 }\n');
  await assert.rejects(build('strange.yaml'), {
    code: 'build_failed',
    message: 'strange.yaml: Cloud Build does not know all of stepz, options',
  });
  await assert.rejects(build('absent.yaml'), { message: 'There is no absent.yaml' });
});

test('an abort cancels the build', async () => {
  const controller = new AbortController();
  builds.next = async () => {
    controller.abort(new Error('enough'));
    return { status: 'WORKING' };
  };
  await assert.rejects(build(null, controller.signal), /^Error: enough$/);
  assert.deepEqual(builds.cancelled, ['b-1']);
});

test('a denial says what is needed', async () => {
  builds.refusal = { code: 7, details: 'The caller does not have permission' };
  await assert.rejects(build(), { code: 'platform_denied', hint: /cloudbuild\.builds\.editor/ });
});
