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

const VALUE = 'not-to-be-seen-by-anybody-0123456789';
const FILE = `service: shop
image: shop
build: { kind: cloud-build }
secrets: { KEY: declared-key }
environments: { local: { project: local, region: europe-west1 } }
strategy: direct
`;
const FLAGS = '--github acme/shop --secret admin-key=ADMIN_KEY --dataset metadata'.split(' ');

const folder = mkdtempSync(join(tmpdir(), 'rollout-setup-'));
let cloud: LocalCloudFake;
let env: Record<string, string>;
before(async () => {
  cloud = await startLocalCloud();
  writeFileSync(join(folder, 'endpoints.json'), JSON.stringify(cloud));
  writeFileSync(join(folder, 'rollout.yaml'), FILE);
  env = {
    PATH: `${dirname(process.execPath)}:${process.env['PATH'] ?? ''}`,
    LOCAL_CLOUD_HOME: folder,
    ADMIN_KEY: VALUE,
  };
});
after(async () => {
  await cloud.close();
  rmSync(folder, { recursive: true });
});

const start = (...args: string[]) => new CliProcess(['setup', 'local', ...args], { folder, env });
const call = (...args: string[]): Promise<Ended> => start(...args).ended;

interface Told {
  readonly steps: readonly { readonly piece: string; readonly state: string }[];
  readonly commands?: readonly string[];
}

async function setUp(...args: string[]): Promise<Told> {
  const { code, stdout, stderr } = await call(...args, '--json');
  assert.equal(code, 0, stderr);
  assert.equal((stdout + stderr).includes(VALUE), false);
  return JSON.parse(stdout) as Told;
}

const statesOf = ({ steps }: Told) => [...new Set(steps.map(({ state }) => state))].toSorted();

async function read<T>(path: string): Promise<T> {
  const response = await fetch(`${cloud.rest}${path}`);
  assert.equal(response.status, 200, `${path}: ${await response.clone().text()}`);
  return (await response.json()) as T;
}

test('a dry run makes nothing, and shows commands that gcloud accepts', async (t) => {
  const planned = await setUp(...FLAGS, '--dry-run');
  assert.deepEqual(
    statesOf(planned).filter((state) => state !== 'foreign'),
    ['absent'],
  );
  assert.deepEqual(await setUp(...FLAGS, '--dry-run'), planned);
  if (!(await hasGcloud())) return t.skip('gcloud is not installed');
  for (const command of oneOfEach(planned.commands ?? [])) await runInShell(command);
  const found = await setUp(...FLAGS, '--dry-run');
  const left = found.steps.filter(({ state }) => state === 'absent').map(({ piece }) => piece);
  // Of roles on the same thing one was given; local-cloud's BigQuery knows no GRANT.
  assert.deepEqual(
    left.filter((piece) => !/ on the project$| on key shop$|dataset metadata$/.test(piece)),
    [],
  );
  assert.equal(left.includes('roles/run.developer for rollout-deployer on the project'), false);
});

test('makes all of it, also after it was killed, and then leaves it alone', async () => {
  const killed = start(...FLAGS);
  await killed.sees(/made /);
  killed.child.kill('SIGKILL');
  await killed.ended;
  const made = await setUp(...FLAGS);
  assert.deepEqual(
    statesOf(made).filter((state) => state !== 'foreign'),
    ['made', 'there'],
  );
  const foreign = made.steps.filter(({ state }) => state === 'foreign');
  assert.deepEqual(
    foreign.map(({ piece }) => piece),
    ['topic pipeline-events-local'],
  );
  const again = await setUp(...FLAGS);
  assert.deepEqual(
    statesOf(again).filter((state) => state !== 'foreign'),
    ['there'],
  );
  const { payload } = await read<{ payload: { data: string } }>(
    '/v1/projects/local/secrets/admin-key/versions/latest:access',
  );
  assert.equal(Buffer.from(payload.data, 'base64').toString(), VALUE);
  const { versions = [] } = await read<{ versions?: object[] }>(
    '/v1/projects/local/secrets/admin-key/versions',
  );
  assert.equal(versions.length, 1);
  const dataset = '/bigquery/v2/projects/local/datasets/metadata';
  const { access } = await read<{ access: { userByEmail?: string }[] }>(dataset);
  const ofRuntime = { role: 'WRITER', userByEmail: 'shop-run@local.iam.gserviceaccount.com' };
  assert.deepEqual(
    access.filter((one) => one.userByEmail !== undefined),
    [ofRuntime],
  );
  assert.equal(access.length > 1, true, 'what others may do stays');
});

test('what cannot be done says why', async () => {
  const bad = await call('--github', 'acme');
  assert.deepEqual([bad.code, /expected such as acme\/shop/.test(bad.stderr)], [2, true]);
  const unset = await call('--secret', 'k=NOT_SET');
  assert.deepEqual([unset.code, /environment variable is not set/.test(unset.stderr)], [2, true]);
  const fault = { kind: 'status', code: 'PERMISSION_DENIED', method: 'GetService' };
  await fetch(`${cloud.rest}/local/v1/faults`, { method: 'POST', body: JSON.stringify(fault) });
  const denied = await call();
  assert.equal(denied.code, 3, denied.stderr);
  assert.match(denied.stderr, /Setup needs roles\/owner/);
});

/** The first of each shape: each call costs a second of a processor. */
function oneOfEach(commands: readonly string[]): readonly string[] {
  const shapes = new Map<string, string>();
  for (const command of commands.filter((one) => !/^gcloud pubsub |^bq /.test(one))) {
    const shape = command
      .split(' ')
      .slice(0, 5)
      .join(' ')
      .replace(/ [\w-]+@.*| local$/, '');
    const isNeeded = / (service-accounts|secrets) create |principalSet/.test(command);
    const key = isNeeded ? command : shape;
    shapes.set(key, shapes.get(key) ?? command);
  }
  return [...shapes.values()];
}

async function hasGcloud(): Promise<boolean> {
  const found = await new Promise<boolean>((resolve) => {
    execFile('gcloud', ['--version'], (error) => resolve(error === null));
  });
  assert.ok(found || process.env['CI'] !== 'true', 'gcloud is missing');
  return found;
}

/** A command that a person would copy, with gcloud pointed at local-cloud. */
async function runInShell(command: string): Promise<void> {
  const apis = [
    'ARTIFACTREGISTRY',
    'CLOUDKMS',
    'CLOUDRESOURCEMANAGER',
    'IAM',
    'SECRETMANAGER',
    'SERVICEUSAGE',
  ];
  const overrides = apis.map((api) => [`CLOUDSDK_API_ENDPOINT_OVERRIDES_${api}`, `${cloud.rest}/`]);
  const ofGcloud = {
    HOME: folder,
    CLOUDSDK_CONFIG: join(folder, 'gcloud'),
    CLOUDSDK_AUTH_DISABLE_CREDENTIALS: 'true',
    CLOUDSDK_CORE_DISABLE_PROMPTS: '1',
    CLOUDSDK_API_ENDPOINT_OVERRIDES_STORAGE: `${cloud.rest}/storage/v1/`,
    ...(Object.fromEntries(overrides) as Record<string, string>),
  };
  await new Promise<void>((resolve, reject) => {
    execFile('sh', ['-c', command], { env: { ...env, ...ofGcloud } }, (error, _, told) =>
      error ? reject(new Error(`${command}\n${told}`)) : resolve(),
    );
  });
}
