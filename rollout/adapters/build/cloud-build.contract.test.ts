import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { systemClock } from 'base/clock.ts';
import { grpcOptions } from '../google/grpc-options.ts';
import { startLocalCloud } from '../google/local-cloud.fake.ts';
import type { LocalCloudFake } from '../google/local-cloud.fake.ts';
import { runCommand } from '../shell/run-command.ts';
import { ImageBuilder } from './builder.ts';

const engine = ['podman', 'docker'].find((one) => spawnSync(one, ['info']).status === 0);
const skip = engine || process.env['CI'] === 'true' ? false : 'neither podman nor docker answers';
const IMAGE = `here-docker.pkg.dev/local/images/rollout-contract:${process.pid}`;

let cloud: LocalCloudFake;
let folder = '';
before(async () => {
  cloud = await startLocalCloud();
  folder = await mkdtemp(join(tmpdir(), 'rollout-contract-'));
  await fetch(`${cloud.rest}/v1/projects/local/locations/here/repositories?repositoryId=images`, {
    method: 'POST',
    body: JSON.stringify({ format: 'DOCKER' }),
  });
});
after(async () => {
  await cloud.close();
  await rm(folder, { recursive: true });
  if (engine) spawnSync(engine, ['image', 'rm', IMAGE]);
});

function build(lines: string[]): Promise<string> {
  const builder = new ImageBuilder({
    grpcOptions: () => grpcOptions(cloud.grpc),
    apiEndpoint: cloud.rest,
    bucket: null,
    clock: systemClock,
    run: runCommand,
    newId: () => 'source',
  });
  const request = {
    build: { kind: 'cloud-build', file: null, context: '.' },
    folder,
    image: IMAGE,
    project: 'local',
    region: 'here',
  } as const;
  return builder.build(request, (line) => lines.push(line));
}

test('Cloud Build of local-cloud builds and keeps the image', { skip }, async () => {
  await writeFile(join(folder, 'Dockerfile'), 'FROM scratch\nCOPY Dockerfile /\n');
  execFileSync('git', ['init', '--quiet'], { cwd: folder });
  const lines: string[] = [];
  const image = await build(lines);
  assert.match(
    image,
    /^here-docker\.pkg\.dev\/local\/images\/rollout-contract@sha256:[0-9a-f]{64}$/,
  );
  assert.ok(
    lines.some((line) => line === `Pushing ${IMAGE}`),
    lines.join('\n'),
  );
  const path = 'v1/projects/local/locations/here/repositories/images/dockerImages';
  const { dockerImages } = (await (await fetch(`${cloud.rest}/${path}`)).json()) as {
    dockerImages: { uri: string }[];
  };
  assert.deepEqual(
    dockerImages.map(({ uri }) => uri),
    [image],
  );
});

test('a build that fails there says so with its last lines', { skip }, async () => {
  await writeFile(join(folder, 'Dockerfile'), 'FROM scratch\nCOPY absent /\n');
  await assert.rejects(build([]), { code: 'build_failed', message: /ended .* with FAILURE/ });
});
