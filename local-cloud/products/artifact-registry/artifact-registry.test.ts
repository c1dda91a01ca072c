import { ArtifactRegistryClient } from '@google-cloud/artifact-registry';
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { grpcOptions, hasCode, PARENT } from '../../control-plane/cloud-rig.fake.ts';
import { startLocalCloud } from '../../control-plane/start-local-cloud.ts';
import type { LocalCloud } from '../../control-plane/start-local-cloud.ts';

const REPOSITORY = `${PARENT}/repositories/images`;
const URI = 'here-docker.pkg.dev/local/images';
const ONE = `sha256:${'1'.repeat(64)}`;
const TWO = `sha256:${'2'.repeat(64)}`;
const APP = `${REPOSITORY}/packages/team%2Fapp`;

let home = '';
let cloud: LocalCloud;
let client: ArtifactRegistryClient;

before(async () => {
  home = await mkdtemp(join(tmpdir(), 'registry-'));
  await open();
});
after(async () => {
  await close();
  await rm(home, { recursive: true });
});

async function open(): Promise<void> {
  cloud = await startLocalCloud({ home });
  client = new ArtifactRegistryClient(grpcOptions(cloud.endpoints.grpc));
}

async function close(): Promise<void> {
  await client.close();
  await cloud.close();
}

async function push(image: string, digest?: string, sizeBytes = 0): Promise<unknown> {
  const body = JSON.stringify({ image, digest, sizeBytes });
  const response = await fetch(`${cloud.endpoints.rest}/local/v1/images`, { method: 'POST', body });
  return response.json();
}

async function create(repositoryId: string, repository: object): Promise<string> {
  const [operation] = await client.createRepository({ parent: PARENT, repositoryId, repository });
  const [made] = await operation.promise();
  return made.name ?? '';
}

/** A repository of its own, with the image `app` of these tags. */
async function withImages(id: string, tags: readonly [tag: string, digest: string][]) {
  const repository = await create(id, { format: 'DOCKER' });
  for (const [tag, digest] of tags)
    await push(`here-docker.pkg.dev/local/${id}/app:${tag}`, digest);
  return { repository, parent: `${repository}/packages/app` };
}

test('repositories are created, changed, listed and deleted', async () => {
  const name = await create('images', { format: 'DOCKER', description: 'first' });
  assert.equal(name, REPOSITORY);
  const paths = ['labels', 'docker_config.immutable_tags'];
  const labels = { team: 'a' };
  const repository = { name, labels, description: 'not masked', dockerConfig: {} };
  await client.updateRepository({ repository, updateMask: { paths } });
  const [changed] = await client.getRepository({ name });
  assert.deepEqual(
    [changed.format, changed.mode, changed.description, changed.labels, changed.registryUri],
    ['DOCKER', 'STANDARD_REPOSITORY', 'first', labels, URI],
  );
  await create('other', { format: 'DOCKER' });
  const list = async (filter?: string) =>
    (await client.listRepositories({ parent: PARENT, filter }))[0].map((one) => one.name);
  assert.deepEqual(await list(), [REPOSITORY, `${PARENT}/repositories/other`]);
  assert.deepEqual(await list('name="projects/*/IM*es"'), [REPOSITORY]);
  const [deleting] = await client.deleteRepository({ name: `${PARENT}/repositories/other` });
  await deleting.promise();
  assert.deepEqual(await list(), [REPOSITORY]);
});

test('refuses what a repository cannot be', async () => {
  await create('fixed', { format: 'DOCKER' });
  const name = `${PARENT}/repositories/fixed`;
  await assert.rejects(
    create('Bad_', { format: 'DOCKER' }),
    hasCode(3, /repository_id: is "Bad_"/),
  );
  await assert.rejects(create('bare', {}), hasCode(3, /repository\.format: required/));
  await assert.rejects(create('fixed', { format: 'DOCKER' }), hasCode(6, /already exists/));
  const remote = { format: 'DOCKER', mode: 'REMOTE_REPOSITORY' };
  await assert.rejects(create('far', remote), hasCode(12, /REMOTE_REPOSITORY/));
  await assert.rejects(
    client.updateRepository({
      repository: { name, format: 'NPM' },
      updateMask: { paths: ['format'] },
    }),
    hasCode(3, /repository\.format: cannot be changed/),
  );
  const absent = { name: `${PARENT}/repositories/absent` };
  await assert.rejects(client.getRepository(absent), hasCode(5, /was not found/));
});

test('a pushed image is a version of its package, and its tag moves with the next', async () => {
  assert.deepEqual(await push(`${URI}/team/app:v1`, ONE, 1000), {
    name: `${APP}/versions/${ONE}`,
    digest: ONE,
  });
  await push(`${URI}/team/app:v1`, TWO, 2000);
  await push(`${URI}/team/app`, TWO, 2000);
  const [images] = await client.listDockerImages({ parent: REPOSITORY });
  assert.deepEqual(
    images.map(({ name, uri, tags, imageSizeBytes }) => [name, uri, tags, imageSizeBytes]),
    [
      [`${REPOSITORY}/dockerImages/team%2Fapp@${ONE}`, `${URI}/team/app@${ONE}`, [], '1000'],
      [
        `${REPOSITORY}/dockerImages/team%2Fapp@${TWO}`,
        `${URI}/team/app@${TWO}`,
        ['latest', 'v1'],
        '2000',
      ],
    ],
  );
  const [image] = await client.getDockerImage({ name: images[1]?.name ?? '' });
  assert.deepEqual(image, images[1]);
  const [packages] = await client.listPackages({ parent: REPOSITORY });
  assert.deepEqual(
    packages.map(({ name }) => name),
    [APP],
  );
  const [version] = await client.getVersion({ name: `${APP}/versions/${TWO}`, view: 'FULL' });
  assert.deepEqual(
    version.relatedTags?.map(({ name }) => name),
    [`${APP}/tags/latest`, `${APP}/tags/v1`],
  );
  const [{ sizeBytes }] = await client.getRepository({ name: REPOSITORY });
  assert.equal(sizeBytes, '3000');
});

test('tags are created, moved, found by their version and deleted', async () => {
  const { parent } = await withImages('tagged', [
    ['one', ONE],
    ['two', TWO],
  ]);
  const version = `${parent}/versions/${ONE}`;
  const name = `${parent}/tags/stable`;
  await client.createTag({ parent, tagId: 'stable', tag: { version } });
  await assert.rejects(
    client.createTag({ parent, tagId: 'stable', tag: { version } }),
    hasCode(6, /already exists/),
  );
  await assert.rejects(
    client.createTag({ parent, tagId: 'x', tag: { version: `${parent}/versions/none` } }),
    hasCode(3, /tag\.version/),
  );
  const filter = `version="${version}"`;
  const [tags] = await client.listTags({ parent, filter });
  assert.deepEqual(
    tags.map((tag) => tag.name),
    [`${parent}/tags/one`, name],
  );
  await client.updateTag({ tag: { name, version: `${parent}/versions/${TWO}` } });
  assert.equal((await client.getTag({ name }))[0].version, `${parent}/versions/${TWO}`);
  await client.deleteTag({ name });
  await assert.rejects(client.getTag({ name }), hasCode(5, /was not found/));
});

test('a version that has tags goes by force, and a package with all of its versions', async () => {
  const { parent } = await withImages('doomed', [
    ['one', ONE],
    ['two', TWO],
  ]);
  const name = `${parent}/versions/${ONE}`;
  await assert.rejects(client.deleteVersion({ name }), hasCode(9, /Existing tags are: one/));
  const [deleting] = await client.deleteVersion({ name, force: true });
  await deleting.promise();
  const [left] = await client.listTags({ parent });
  assert.deepEqual(
    left.map((tag) => tag.name),
    [`${parent}/tags/two`],
  );
  const [emptying] = await client.deletePackage({ name: parent });
  await emptying.promise();
  await assert.rejects(client.getPackage({ name: parent }), hasCode(5, /was not found/));
});

test('a push is refused as a registry refuses it', async () => {
  await create('frozen', { format: 'DOCKER', dockerConfig: { immutableTags: true } });
  const refused = async (image: string, digest?: string) =>
    ((await push(image, digest)) as { error: { status: string; message: string } }).error;
  assert.equal((await refused('docker.io/a/b/c')).status, 'INVALID_ARGUMENT');
  assert.equal((await refused('here-docker.pkg.dev/local/none/app:1')).status, 'NOT_FOUND');
  assert.equal((await refused(`${URI}/UPPER:1`)).status, 'INVALID_ARGUMENT');
  await push('here-docker.pkg.dev/local/frozen/app:1', ONE);
  const moved = await refused('here-docker.pkg.dev/local/frozen/app:1', TWO);
  assert.deepEqual(moved, {
    code: 400,
    message: 'The tag 1 of app is immutable.',
    status: 'FAILED_PRECONDITION',
  });
});

test('all of it is there after a restart, and faults meet it', async () => {
  const { repository, parent } = await withImages('kept', [['one', ONE]]);
  await close();
  await open();
  const [images] = await client.listDockerImages({ parent: repository });
  assert.deepEqual(
    images.map(({ tags }) => tags),
    [['one']],
  );
  const fault = { kind: 'status', code: 'PERMISSION_DENIED', method: 'GetTag', times: 1 };
  await fetch(`${cloud.endpoints.rest}/local/v1/faults`, {
    method: 'POST',
    body: JSON.stringify(fault),
  });
  await assert.rejects(client.getTag({ name: `${parent}/tags/one` }), hasCode(7, /GetTag/));
});
