import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify, stripVTControlCharacters } from 'node:util';
import { CloudProcess } from '../cli/cloud-process.fake.ts';
import { files, groups } from './commands.ts';
import type { ToolCommand } from './commands.ts';
import { renderToolTable } from './tool-table.ts';

const isInstalled = spawnSync('gcloud', ['--version']).status === 0;
const skip = isInstalled || process.env.CI === 'true' ? false : 'gcloud is not installed';
const APIS = [
  'ARTIFACTREGISTRY',
  'CLOUDBUILD',
  'CLOUDKMS',
  'CLOUDRESOURCEMANAGER',
  'CLOUDSCHEDULER',
  'IAM',
  'LOGGING',
  'SECRETMANAGER',
  'SERVICEUSAGE',
];
/** Each call costs about a second of a processor. */
const AT_ONCE = 2;

let cloud: CloudProcess;
let folder = '';
before(async () => {
  if (skip) return;
  folder = mkdtempSync(join(tmpdir(), 'official-tools-'));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  cloud = await CloudProcess.start();
});
after(async () => {
  if (skip) return;
  await cloud.end('SIGTERM');
  await cloud.remove();
  rmSync(folder, { recursive: true });
});

function environment(): Record<string, string | undefined> {
  const { rest } = cloud.endpoints;
  const overrides = APIS.map((api) => [`CLOUDSDK_API_ENDPOINT_OVERRIDES_${api}`, `${rest}/`]);
  return {
    ...process.env,
    ...(Object.fromEntries(overrides) as Record<string, string>),
    REST: rest,
    CLOUDSDK_CONFIG: join(folder, 'config'),
    CLOUDSDK_AUTH_DISABLE_CREDENTIALS: 'true',
    // bq does not go without.
    CLOUDSDK_AUTH_ACCESS_TOKEN_FILE: join(folder, 'token'),
    CLOUDSDK_CORE_DISABLE_PROMPTS: '1',
    CLOUDSDK_CORE_PROJECT: 'local',
    CLOUDSDK_RUN_REGION: 'us-central1',
    CLOUDSDK_API_ENDPOINT_OVERRIDES_STORAGE: `${rest}/storage/v1/`,
    CLOUDSDK_API_ENDPOINT_OVERRIDES_RUN: 'http://run.localhost/',
    http_proxy: rest,
    no_proxy: '127.0.0.1',
    NO_COLOR: '1',
  };
}

/** `works`, or what it said instead. */
async function outcomeOf({ command, shows }: ToolCommand): Promise<string> {
  const env = environment();
  try {
    const ran = await promisify(execFile)('sh', ['-c', command], { cwd: folder, env });
    // gcloud writes in bold even where nobody sees it.
    const said = stripVTControlCharacters(`${ran.stdout}${ran.stderr}`).trim();
    const isShown = shows === null || shows.test(said) || shows.test(ran.stdout.trim());
    return isShown ? 'works' : `says: ${said.slice(0, 500)}`;
  } catch (error) {
    return `fails: ${error instanceof Error ? error.message.slice(0, 800) : String(error)}`;
  }
}

test('gcloud and bq work with local-cloud as the page says', { skip }, async (t) => {
  const outcomes = new Map<string, string>();
  const waiting = [...groups];
  const work = async (): Promise<void> => {
    for (let group = waiting.shift(); group; group = waiting.shift())
      for (const command of group.commands) outcomes.set(command.command, await outcomeOf(command));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  const failed = [...outcomes].filter(([, outcome]) => outcome !== 'works');
  assert.deepEqual(failed, []);
  const page = join(import.meta.dirname, 'README.md');
  t.assert.fileSnapshot(renderToolTable(outcomes), page, { serializers: [String] });
});
