import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { spawnSync } from 'node:child_process';
import { CliProcess } from './cli-process.fake.ts';

const folder = mkdtempSync(join(tmpdir(), 'convergence-config-'));
const env = {
  API_PORT: '0',
  CONFIG_DIR: join(folder, 'configs'),
  DATA_DIR: join(folder, 'data'),
  CONVERGENCE_TENANT: 'paper_corp',
};
const BIN = join(import.meta.dirname, 'bin.cjs');
const DOCS = join(import.meta.dirname, '../../docs/guides/running');

let dev: CliProcess;
before(async () => {
  dev = new CliProcess(['dev', '--json'], { folder, env });
  await dev.sees(/"url"/);
});
after(async () => {
  dev.child.kill('SIGKILL');
  await dev.ended;
  rmSync(folder, { recursive: true, force: true });
});

/** Commands of a guide, in the folder of the test. */
function runShell(script: string): { code: number | null; stdout: string; stderr: string } {
  const text = script.replaceAll('npx convergence', `"${process.execPath}" "${BIN}"`);
  const options = { cwd: folder, env: { ...process.env, ...env }, encoding: 'utf8' } as const;
  const { status, stdout, stderr } = spawnSync('sh', ['-eu', '-c', text], options);
  return { code: status, stdout, stderr };
}

function shellBlocks(guide: string, heading: string): string[] {
  const text = readFileSync(join(DOCS, guide), 'utf8');
  const section = text.split(/^## /m).find((part) => part.startsWith(`${heading}\n`));
  assert.ok(section, heading);
  return [...section.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, block = '']) => block);
}

test('a tenant without a folder lives by documents alone', () => {
  runShell('npx convergence tenant onboard paper_corp --no-sample');
  writeFileSync(join(folder, 'daily.sql'), "SELECT DATE '2026-03-01' AS day, 7 AS sales\n");
  writeFileSync(
    join(folder, 'sales.yml'),
    'pipeline_id: sales\nsteps:\n  - { name: build, type: transform, transforms: transforms/daily.sql }\n',
  );
  const early = runShell('npx convergence config put pipelines/sales.yml sales.yml');
  assert.deepEqual([early.code, /pipelines\/sales.yml:3:\d+/.test(early.stderr)], [2, true]);
  const done = runShell(`
    npx convergence config put transforms/daily.sql daily.sql
    npx convergence config put pipelines/sales.yml sales.yml
    npx convergence run sales --watch --json >run.json
    npx convergence query "SELECT sales FROM daily" --json
    npx convergence config list`);
  assert.equal(done.code, 0, done.stderr);
  assert.match(done.stdout, /"rows":\[\[7\]\]/);
  assert.match(done.stdout, /pipelines\/sales.yml +api +1 +\d{4}-.* +admin\n/);
  assert.deepEqual(
    readdirSync(folder).filter((name) => name === 'configs'),
    [],
  );
});

test('validate sees documents, credentials and the plan where the platform is asked', () => {
  writeFileSync(
    join(folder, 'mail.yml'),
    `pipeline_id: mail
concurrency: { limit: 9 }
notify: { on_failure: [{ slack: '{{ secrets.slack_url }}' }] }
steps:
  - { name: build, type: transform, transforms: transforms/daily.sql }
`,
  );
  const missing = runShell('npx convergence config put pipelines/mail.yml mail.yml');
  assert.match(missing.stderr, /there is no secret 'slack_url'/);
  const done = runShell(`
    echo https://hooks.slack.com/x | npx convergence credential put slack_url
    npx convergence config put pipelines/mail.yml mail.yml
    npx convergence validate --platform`);
  assert.equal(done.code, 0, done.stderr);
  const told = done.stdout.split('\n').slice(-3);
  assert.deepEqual(told, [
    "paper_corp/pipelines/mail.yml:2:23: the limit is 9, and the plan 'starter' runs 2 at a time; " +
      'expected at most 2, or a larger plan',
    'ok  paper_corp',
    '',
  ]);
  const gone = runShell(`
    npx convergence credential delete slack_url
    npx convergence validate paper_corp --platform --json`);
  assert.equal(gone.code, 2);
  const { tenants } = JSON.parse(gone.stdout.split('\n').at(-2) ?? '') as {
    tenants: { tenant: string; problems: { file: string; message: string }[] }[];
  };
  assert.deepEqual(
    tenants.map(({ tenant, problems }) => [tenant, problems[0]?.file, problems[0]?.message]),
    [['paper_corp', 'pipelines/mail.yml', "there is no secret 'slack_url'"]],
  );
});

test('the guide to configs does what it says', () => {
  const [script = ''] = shellBlocks('configs-by-api.md', 'By the command line');
  const { code, stdout, stderr } = runShell(script);
  assert.equal(code, 0, stderr);
  assert.match(stdout, /^checks\/orders.yml has version 1$/m);
  assert.match(stdout, /^-.*warn|^\+.*error/m);
  assert.match(stdout, /^checks\/orders.yml has version 3, with the content of version 1$/m);
});

test('the script of the guide onboards a list, and again without a second key', () => {
  const [list = '', script = ''] = shellBlocks('tenants.md', 'Onboard five hundred');
  const first = runShell(list + script);
  const keys = readFileSync(join(folder, 'keys.csv'), 'utf8');
  assert.deepEqual([first.code, first.stderr], [0, '']);
  assert.match(keys, /^acme_corp,cvg_\S+\nblue_corp,cvg_\S+\ncafe_nero,cvg_\S+\n$/);
  assert.equal(runShell(script).code, 0);
  assert.equal(readFileSync(join(folder, 'keys.csv'), 'utf8'), keys);
});
