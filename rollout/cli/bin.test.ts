import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { CliProcess } from './cli-process.fake.ts';

const folder = mkdtempSync(join(tmpdir(), 'rollout-cli-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const call = (args: readonly string[], within = folder) =>
  new CliProcess(args, { folder: within }).ended;

function folderWith(name: string, yaml: string): string {
  const made = join(folder, name);
  mkdirSync(made);
  writeFileSync(join(made, 'rollout.yaml'), yaml);
  return made;
}

describe('the command itself', { concurrency: 2 }, () => {
  test('help is an answer', async () => {
    const { code, stdout, stderr } = await call(['--help']);
    assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
    assert.match(stdout, /^Usage: rollout/);
  });

  test('an unknown command names the nearest', async () => {
    assert.deepEqual(await call(['deplyo']), {
      code: 2,
      stdout: '',
      stderr: "error: unknown command 'deplyo' [flag_invalid]\nhint: Did you mean deploy?\n",
    });
  });

  test('without a rollout.yaml it says what to do', async () => {
    assert.deepEqual(await call(['deploy', 'production']), {
      code: 4,
      stdout: '',
      stderr:
        'error: There is no rollout.yaml here [config_absent]\n' +
        'hint: Run `rollout init` to write one, or name the service with --service, --project and --region.\n',
    });
  });

  test('an environment that is not declared, with those that are', async () => {
    const within = folderWith('environments', ENVIRONMENTS);
    assert.deepEqual(await call(['status', 'prod'], within), {
      code: 4,
      stdout: '',
      stderr:
        "error: shop has no environment 'prod' [environment_absent]\n" +
        'hint: rollout.yaml declares staging, production.\n',
    });
    assert.deepEqual(await call(['status'], within), {
      code: 2,
      stdout: '',
      stderr:
        'error: Which environment? [flag_invalid]\nhint: rollout.yaml declares staging, production.\n',
    });
  });

  test('every mistake of rollout.yaml has its place', async () => {
    const within = folderWith('mistakes', MISTAKES);
    const { code, stdout, stderr } = await call(['plan', 'staging'], within);
    assert.deepEqual({ code, stdout }, { code: 2, stdout: '' });
    assert.match(stderr, /rollout\.yaml:3:\d+: .*\n(.*\n)*rollout\.yaml:4:\d+: /);
  });

  test('a local-cloud that is not running', async () => {
    const { code, stderr } = await call(['status', '--service', 's', '--region', 'r', '--local']);
    assert.equal(code, 4);
    assert.match(
      stderr,
      /^error: local-cloud is not running \[local_cloud_absent\]\nhint: Run `npx local-cloud start`/,
    );
  });

  test('numbers of options are checked', async () => {
    const flags = ['--project-id', 'local', '--region', 'r', '--service', 's', '--revision', 'x'];
    assert.deepEqual(await call(['monitor', ...flags, '--interval', 'often']), {
      code: 2,
      stdout: '',
      stderr: "error: --interval is 'often', expected a number from 1 to 3600 [flag_invalid]\n",
    });
  });

  test('init writes a file that plan reads, and never over another', async () => {
    const within = join(folder, 'My Shop');
    mkdirSync(within);
    const written = await call(['init', '--json'], within);
    assert.deepEqual(JSON.parse(written.stdout), { file: 'rollout.yaml', service: 'my-shop' });
    const text = readFileSync(join(within, 'rollout.yaml'), 'utf8');
    assert.match(text, /^service: my-shop$/m);
    const again = await call(['init'], within);
    assert.equal(again.code, 5);
    assert.match(again.stderr, /\[config_exists\]\nhint: Add --force/);
    assert.equal(readFileSync(join(within, 'rollout.yaml'), 'utf8'), text);
    const { code } = await call(['init', '--service', 'No Name', '--dry-run'], within);
    assert.equal(code, 2);
  });

  test('judge simulate answers the same for the same seed', async () => {
    const args = ['judge', 'simulate', '--runs', '5', '--minutes', '2', '--json'];
    const [one, other] = await Promise.all([call(args), call(args)]);
    assert.equal(one.code, 0);
    assert.equal(one.stdout, other.stdout);
    const { rows } = JSON.parse(one.stdout) as { rows: { fault: string; rolledBack: number }[] };
    const outage = rows.find(({ fault }) => fault === '20 % errors');
    assert.equal(outage?.rolledBack, 1);
  });
});

const ENVIRONMENTS = `service: shop
image: images.example/shop
environments:
  staging: { project: acme, region: europe-west1 }
  production: { project: acme, region: europe-west1 }
`;

const MISTAKES = `service: shop
environments:
  staging: { projct: acme, region: europe-west1 }
strategi: direct
`;
