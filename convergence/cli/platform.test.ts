import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { RunDetailAnswer, RunListAnswer } from '../server/api/contract/run/run.ts';
import { CliProcess } from './cli-process.fake.ts';
import type { Out } from 'base/terminal/out.ts';
import { createStyle } from 'base/terminal/style.ts';
import { runCli } from './run-cli.ts';

const folder = mkdtempSync(join(tmpdir(), 'convergence-cli-'));
const env = {
  API_PORT: '0',
  CONFIG_DIR: join(folder, 'configs'),
  DATA_DIR: join(folder, 'data'),
};
const start = (...args: string[]) => new CliProcess(args, { folder, env });

/** A command in this process, which spares the 0.2 s of its own. */
async function call(...args: string[]) {
  const told = { stdout: '', stderr: '' };
  const openRecorder = (isJson: boolean): Out => ({
    isJson,
    isLive: false,
    width: Infinity,
    height: 24,
    style: createStyle(false),
    line: (text = '') => void (told.stdout += isJson ? '' : `${text}\n`),
    json: (value) => void (told.stdout += isJson ? `${JSON.stringify(value)}\n` : ''),
    note: (text) => void (told.stderr += `${text}\n`),
    raw: () => assert.fail('nothing is drawn over'),
  });
  const terminal = { env, openOut: openRecorder, errorStyle: createStyle(false) };
  return { code: await runCli(args, terminal), ...told };
}

const json = async <T>(...args: string[]): Promise<T> => {
  const { code, stdout, stderr } = await call(...args, '--json');
  assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
  return JSON.parse(stdout) as T;
};

/** A source that takes requests and never answers them. */
const silent = createServer(() => {});
let dev: CliProcess;

before(async () => {
  await once(silent.listen(0, '127.0.0.1'), 'listening');
  mkdirSync(join(folder, 'configs'));
  dev = start('dev', '--json');
  await dev.sees(/"url"/);
});

after(async () => {
  silent.closeAllConnections();
  silent.close();
  dev.child.kill('SIGKILL');
  await dev.ended;
  rmSync(folder, { recursive: true, force: true });
});

function writeConfig(path: string, text: string): void {
  const file = join(folder, 'configs/acme_corp', path);
  mkdirSync(join(file, '..'), { recursive: true });
  writeFileSync(file, text);
}

describe('commands find the platform that runs on the data folder', () => {
  const acme = ['--tenant', 'acme_corp'];

  test('bootstrap', async () => {
    const { code, stdout } = await call('bootstrap');
    assert.equal(code, 0);
    assert.match(stdout, /\(schema tenants, 11 tables\)\n$/);
  });

  test('verify', async () => {
    const { code, stdout } = await call('verify', '--suite', 'local');
    assert.match(stdout, /\n10\/10 tests passed\n$/);
    assert.equal(code, 0);
    const { tenants } = await json<{ tenants: object[] }>('tenant', 'list');
    assert.deepEqual(tenants, [], 'nothing is left behind');
  });

  test('doctor', async () => {
    const { code, stdout } = await call('doctor');
    assert.equal(code, 0);
    assert.match(stdout, /ok {4}database: embedded in .*, open in the process that runs\n/);
    assert.match(stdout, /ok {4}features: api_docs on, access_log off, tracing off, /);
  });

  test('tenant onboard, list, show', async () => {
    const { code, stdout } = await call('tenant', 'onboard', 'acme_corp', '--name', 'Acme');
    assert.equal(code, 0);
    assert.match(stdout, /^acme_corp\n✔ profile: done/);
    assert.match(stdout, /\nAPI key, shown this once: \S{20,}\n$/);
    const [list, shown, absent] = await Promise.all([
      call('tenant', 'list'),
      call('tenant', 'show', 'acme_corp'),
      call('tenant', 'show', 'globex'),
    ]);
    assert.match(list.stdout, /^tenant +name +status +plan +created\nacme_corp +Acme +active +/);
    assert.match(shown.stdout, /^acme_corp {2}Acme\nstatus +active\n/);
    assert.equal(absent.code, 4);
  });

  test('key create, list, revoke', async () => {
    const made = ['key', 'create', ...acme, '--description', 'for a test'];
    const { api_key, hash } = await json<{ api_key: string; hash: string }>(...made);
    const [runs, list] = await Promise.all([
      call('runs', '--api-key', api_key),
      call('key', 'list', ...acme),
    ]);
    assert.equal(runs.stdout, 'no runs\n');
    assert.match(list.stdout, /for a test +run read configure +\S+ +valid\n/);
    const revoked = await call('key', 'revoke', hash.slice(0, 12));
    assert.match(revoked.stdout, /of acme_corp \(for a test\) is revoked\n$/);
    const { code, stderr } = await call('runs', '--api-key', api_key);
    assert.deepEqual([code, stderr.includes('[key_invalid]')], [3, true]);
  });

  test('check and preview', async () => {
    const [checked, previewed, absent] = await Promise.all([
      call('check', 'sources/orders.yml', ...acme),
      call('preview', 'sources/orders.yml', ...acme),
      call('check', 'sources/nothing.yml', ...acme),
    ]);
    assert.match(checked.stdout, /^ok {4}orders {2}/);
    assert.match(
      previewed.stdout,
      /^column +type +row 1 +row 2 +row 3\norder_id +BIGINT +1001 +1002 +1003\n/,
    );
    assert.equal(absent.code, 4);
  });

  test('run --watch, where lines cannot be drawn over', async () => {
    const { code, stdout, stderr } = await call('run', 'orders', ...acme, '--watch');
    assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
    const summary = stdout.slice(stdout.indexOf('step '));
    assert.match(summary, /^step +status +rows in +loaded +quarantined +rules +time +rows\/s\n/);
    assert.match(summary, /\nload_orders +COMPLETE +5 +3 +2 +/);
    assert.match(summary, /\nsum_up +COMPLETE +/);
  });

  test('run --watch --json: every line a document, the last the run', async () => {
    const { code, stdout } = await call('run', 'orders', ...acme, '--watch', '--json');
    const lines = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { kind: string });
    const { kind, run } = lines.at(-1) as { kind: string; run: RunDetailAnswer };
    assert.deepEqual([code, kind, run.status, run.trigger_by], [0, 'end', 'COMPLETE', 'cli']);
  });

  test('tables and query', async () => {
    const [list, one, asked, wrong] = await Promise.all([
      call('tables', ...acme),
      call('tables', 'orders', ...acme),
      call('query', 'SELECT count(*) AS n FROM orders', ...acme),
      call('query', 'SELEC 1', ...acme),
    ]);
    assert.match(list.stdout, /^table +kind +rows\n/);
    assert.match(list.stdout, /\norders +table +3\n/);
    assert.match(one.stdout, /^orders {2}table, 3 rows, last load 2/);
    assert.deepEqual(asked, { code: 0, stdout: 'n\n3\n1 row\n', stderr: '' });
    assert.deepEqual([wrong.code, wrong.stdout], [2, '']);
    assert.match(wrong.stderr, /^error: .*\[sql_invalid\]\n/s);
  });

  test('a run that fails ends with the exit code of its failure', async () => {
    writeConfig(
      'sources/lost.yml',
      'type: file\nresources:\n  - name: lost\n    path: data/no-*.csv\n',
    );
    writeConfig('pipelines/lost.yml', pipelineOf('lost'));
    const { code, stdout, stderr } = await call('run', 'lost', ...acme, '--watch');
    assert.equal(code, 2);
    assert.match(stdout, /\nload +FAILED +0 /);
    assert.match(stderr, /^error: run \S+ is FAILED: .*\[no_files\]\n/);
  });

  test('runs, logs, restart', async () => {
    const { runs } = await json<RunListAnswer>('runs', ...acme);
    const shown = runs.map(({ pipeline_id, status }) => `${pipeline_id} ${status}`);
    assert.deepEqual(shown, ['lost FAILED', 'orders COMPLETE', 'orders COMPLETE']);
    const id = runs[0]?.pipeline_logging_id ?? '';
    const [log, followed] = await Promise.all([
      call('logs', id, ...acme),
      call('logs', id, '-f', ...acme),
    ]);
    assert.match(log.stdout, /^\d\d:\d\d:\d\d {2}/);
    assert.deepEqual(followed, log);
    assert.equal((await call('restart', id, ...acme, '--watch')).code, 2);
    assert.equal((await call('cancel', id, ...acme)).code, 5);
  });

  test('Ctrl-C leaves a run to itself and tells how to end it', async () => {
    const { port } = silent.address() as AddressInfo;
    const client = `client: { base_url: 'http://127.0.0.1:${port}' }`;
    writeConfig('sources/mute.yml', `type: rest_api\n${client}\nresources: [words]\n`);
    writeConfig('pipelines/mute.yml', pipelineOf('mute'));
    const watcher = start('run', 'mute', ...acme, '--watch');
    await once(silent, 'request');
    await watcher.sees(/load/);
    watcher.child.kill('SIGINT');
    const { code, stderr } = await watcher.ended;
    const [, id = ''] =
      /to end it: convergence cancel (\S+) --tenant acme_corp\n$/.exec(stderr) ?? [];
    assert.equal(code, 130);
    assert.match(stderr, /^run \S+ goes on\n/);
    assert.equal((await call('cancel', id, ...acme)).code, 0);
    assert.equal((await call('logs', id, '-f', ...acme)).code, 0);
    const { runs } = await json<RunListAnswer>('runs', ...acme, '--status', 'CANCELLED');
    assert.deepEqual(
      runs.map(({ pipeline_logging_id }) => pipeline_logging_id),
      [id],
    );
  });

  test('a second server on the data folder is refused', async () => {
    const { code, stderr } = await start('dev').ended;
    assert.equal(code, 5);
    assert.match(stderr, /\[data_folder_locked\]\nhint: Send the command to http:/);
  });

  test('SIGTERM ends the server well', async () => {
    dev.child.kill('SIGTERM');
    const { code, stderr } = await dev.ended;
    assert.deepEqual([code, stderr], [0, 'stopping; Ctrl-C again ends it at once\n']);
  });

  test('without a server a command brings the platform itself', async () => {
    const { code, stdout, stderr } = await start('run', 'orders', ...acme).ended;
    assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
    assert.match(stdout, /\nsum_up +COMPLETE /);
  });
});

function pipelineOf(name: string): string {
  const step = `- { name: load, type: ingest, source_config: sources/${name}.yml }`;
  return `pipeline_id: ${name}\nsteps:\n  ${step}\n`;
}
