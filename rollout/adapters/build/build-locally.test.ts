import assert from 'node:assert/strict';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import type { BuildRequest } from '../../engine/rollout/builder.ts';
import { runCommand } from '../shell/run-command.ts';
import { buildLocally, repositoryOf } from './build-locally.ts';
import type { DockerfileRequest } from './build-locally.ts';

const DIGEST = `sha256:${'a'.repeat(64)}`;
/** Says what docker and podman say, and keeps what it was asked. */
const PROGRAM = `#!/bin/sh
folder=$(dirname "$0")
program=$(basename "$0")
[ "$1" = info ] && exec test -f "$folder/$program.up"
echo "$program $*" >> "$folder/asked"
case "$program $1" in
  *' build') echo 'STEP 1/1: FROM scratch'; [ ! -f "$folder/broken" ] || { echo 'no such file' >&2; exit 125; } ;;
  'docker push') echo 'The push refers to repository [r/shop]'; echo "1: digest: ${DIGEST} size: 527" ;;
  'podman push') echo 'Writing manifest to image destination'; echo "${DIGEST}" > "$3" ;;
  *' image') echo '${DIGEST}' ;;
esac
`;

let folder = '';
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rollout-build-'));
});
after(() => rm(folder, { recursive: true }));
beforeEach(async () => {
  await rm(folder, { recursive: true });
  folder = await mkdtemp(join(tmpdir(), 'rollout-build-'));
  for (const program of ['docker', 'podman']) {
    await writeFile(join(folder, program), PROGRAM);
    await chmod(join(folder, program), 0o755);
  }
});

const lines: string[] = [];
function build(more: Partial<BuildRequest> = {}): Promise<string> {
  lines.length = 0;
  const request: DockerfileRequest = {
    folder,
    image: 'r:5000/shop:1',
    project: 'p',
    region: 'europe-west1',
    ...more,
    build: { kind: 'dockerfile', file: 'app/Dockerfile', context: 'app', args: { A: '1' } },
  };
  return buildLocally(request, {
    run: (command, options) =>
      runCommand({ ...command, program: join(folder, command.program) }, options),
    onLine: (line) => lines.push(line),
  });
}

async function asked(): Promise<string[]> {
  return (await readFile(join(folder, 'asked'), 'utf8')).trimEnd().split('\n');
}

const BUILD = 'build --file app/Dockerfile --tag r:5000/shop:1 --build-arg A=1 app';

test('docker builds, pushes and tells the digest', async () => {
  await writeFile(join(folder, 'docker.up'), '');
  assert.equal(await build(), `r:5000/shop@${DIGEST}`);
  assert.deepEqual(await asked(), [`docker ${BUILD}`, 'docker push r:5000/shop:1']);
  assert.equal(lines[0], 'STEP 1/1: FROM scratch');
});

test('podman takes the place of a docker without its daemon', async () => {
  await writeFile(join(folder, 'podman.up'), '');
  assert.equal(await build(), `r:5000/shop@${DIGEST}`);
  const [built, pushed] = await asked();
  assert.equal(built, `podman ${BUILD}`);
  assert.match(pushed ?? '', /^podman push --digestfile \S+ r:5000\/shop:1$/);
});

test('for local-cloud nothing is pushed', async () => {
  await writeFile(join(folder, 'docker.up'), '');
  assert.equal(await build({ project: 'local' }), DIGEST);
  assert.deepEqual(await asked(), [
    `docker ${BUILD}`,
    'docker image inspect --format {{.Id}} r:5000/shop:1',
  ]);
});

test('a build that fails says so with its last lines', async () => {
  await writeFile(join(folder, 'docker.up'), '');
  await writeFile(join(folder, 'broken'), '');
  await assert.rejects(build(), {
    code: 'build_failed',
    message: '`docker build` ended with 125:\nSTEP 1/1: FROM scratch\nno such file',
  });
});

test('without docker and podman there is a way out', async () => {
  await assert.rejects(build(), { code: 'builder_missing', hint: /--cloud-build/ });
});

test('an image has a repository, also in a registry with a port', () => {
  const images = ['shop', 'shop:1', 'r:5000/shop', 'r:5000/a/shop:1', `r/shop@${DIGEST}`];
  assert.deepEqual(images.map(repositoryOf), [
    'shop',
    'shop',
    'r:5000/shop',
    'r:5000/a/shop',
    'r/shop',
  ]);
});
