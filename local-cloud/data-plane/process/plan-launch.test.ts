import assert from 'node:assert/strict';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { revision } from '../plane-rig.fake.ts';
import { planLaunch } from './plan-launch.ts';

const image = revision('shop-1', { command: [], args: ['--fast'] });
const place = { env: { PORT: '20001', TOKEN: 'hidden' }, container: 'shop-1-a' };
const { PATH } = process.env;
let folder: string;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'plan-launch-'));
  process.env.PATH = folder;
});
after(async () => {
  process.env.PATH = PATH;
  await rm(folder, { recursive: true });
});

test('an image without a command needs an engine that runs containers', async () => {
  await assert.rejects(planLaunch(image, place), {
    message:
      "Image 'sample' needs podman or docker to run, and neither answers on this machine. Give the container a command to run it as a process instead.",
  });
});

test('with one that answers it is a container, and no value of a variable is in its arguments', async () => {
  const podman = join(folder, 'podman');
  await writeFile(podman, '#!/bin/sh\nexit 0\n');
  await chmod(podman, 0o755);
  process.env.CONTAINER_HOST = 'unix:///elsewhere';
  const { file, args, env } = await planLaunch(image, place);
  delete process.env.CONTAINER_HOST;
  assert.deepEqual(
    [file, args.slice(0, 2), args.slice(-2)],
    ['podman', ['run', '--rm'], ['sample', '--fast']],
  );
  assert.ok(args.includes('127.0.0.1:20001:20001') && args.includes('TOKEN'));
  assert.ok(!args.join(' ').includes('hidden'));
  // Its client finds the daemon as in the user's shell; the container does not see how.
  assert.equal(env.CONTAINER_HOST, 'unix:///elsewhere');
  assert.ok(!args.includes('CONTAINER_HOST'));
});
