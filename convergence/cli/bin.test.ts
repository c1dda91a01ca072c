import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { after, describe, test } from 'node:test';
import { CliProcess } from './cli-process.fake.ts';

const folder = mkdtempSync(join(tmpdir(), 'convergence-cli-'));
after(() => rmSync(folder, { recursive: true, force: true }));

/** A Node of this machine that is too old to run Convergence itself. */
const oldNode = (process.env.PATH ?? '')
  .split(delimiter)
  .map((path) => join(path, 'node'))
  .find((node) => existsSync(node) && majorOf(node) < 24);

function majorOf(node: string): number {
  return Number(spawnSync(node, ['-p', 'process.versions.node']).stdout.toString().split('.')[0]);
}

const call = (args: readonly string[], env: Record<string, string> = {}) =>
  new CliProcess(args, { folder, env }).ended;

describe('the command itself', { concurrency: 2 }, () => {
  test('help is an answer', async () => {
    const { code, stdout, stderr } = await call(['--help']);
    assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
    assert.match(stdout, /^Usage: convergence/);
    assert.match(stdout, /\n {2}run \[options\] <pipeline> +start a run of a pipeline\n/);
  });

  test('an unknown command names the nearest', async () => {
    assert.deepEqual(await call(['rnus']), {
      code: 2,
      stdout: '',
      stderr: "error: unknown command 'rnus' [request_invalid]\nhint: Did you mean runs?\n",
    });
  });

  test('an unknown option names the nearest', async () => {
    assert.deepEqual(await call(['runs', '--tennant', 'acme']), {
      code: 2,
      stdout: '',
      stderr: "error: unknown option '--tennant' [request_invalid]\nhint: Did you mean --tenant?\n",
    });
  });

  test('settings are told with all their mistakes, and nothing of ours', async () => {
    const env = { API_PORT: 'x', LOG_LEVEL: 'loud' };
    const { code, stdout, stderr } = await call(['validate'], env);
    assert.deepEqual({ code, stdout }, { code: 2, stdout: '' });
    assert.match(stderr, /^error: LOG_LEVEL is 'loud', .*\nAPI_PORT is 'x', .*\nhint: /);
    assert.doesNotMatch(stderr, /at .*\.ts:\d/);
  });

  test('--json is one document', async () => {
    const { code, stdout, stderr } = await call(['generate-admin-key', '--json']);
    const { admin_key, ...rest } = JSON.parse(stdout) as Record<string, unknown>;
    assert.deepEqual({ code, stderr, rest }, { code: 0, stderr: '', rest: {} });
    assert.match(String(admin_key), /^[\w-]{43}$/);
  });

  test('a reader that has enough is no error', async () => {
    const schema = new CliProcess(['schema'], { folder });
    schema.child.stdout.once('data', () => schema.child.stdout.destroy());
    const { code, stderr } = await schema.ended;
    assert.deepEqual([code, stderr], [0, '']);
  });

  test('who does not say the tenant is told how to', async () => {
    assert.deepEqual(await call(['runs']), {
      code: 2,
      stdout: '',
      stderr:
        'error: Which tenant? Neither --tenant nor an API key says it [request_invalid]\n' +
        'hint: Add --tenant NAME (or set CONVERGENCE_TENANT); `convergence tenant list` shows them.\n',
    });
  });
});

describe(
  'called by the Node of the machine',
  { skip: oldNode === undefined && 'has no older Node' },
  () => {
    test('goes on with the pinned one and its exit code', async () => {
      const ended = new CliProcess(['schema', 'nonsense'], { folder, node: oldNode }).ended;
      const { code, stdout, stderr } = await ended;
      assert.deepEqual([code, stdout], [2, '']);
      assert.match(stderr, /^error: command-argument value 'nonsense' is invalid/);
    });

    test('passes a signal on and its exit code back', async () => {
      const silent = createServer(() => {});
      await once(silent.listen(0, '127.0.0.1'), 'listening');
      const url = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
      const args = ['logs', 'some-run', '--follow', '--url', url, '--api-key', 'k'];
      const follower = new CliProcess(args, { folder, node: oldNode });
      await once(silent, 'request');
      follower.child.kill('SIGTERM');
      assert.deepEqual(await follower.ended, { code: 143, stdout: '', stderr: '' });
      silent.closeAllConnections();
      silent.close();
    });
  },
);

describe('validate', () => {
  const configs = join(folder, 'configs');
  mkdirSync(join(configs, 'acme_corp/pipelines'), { recursive: true });
  mkdirSync(join(configs, 'globex/pipelines'), { recursive: true });
  writeFileSync(
    join(configs, 'acme_corp/pipelines/daily.yml'),
    'pipeline_id: daily\nsteps:\n  - name: load\n    type: ingst\n    source_config: sources/a.yml\n',
  );

  test('tells every mistake with its place', async () => {
    assert.deepEqual(await call(['validate']), {
      code: 2,
      stdout:
        "configs/acme_corp/pipelines/daily.yml:4:11: 'type' is 'ingst'; " +
        "expected one of ingest, dq or transform; did you mean 'ingest'?\n" +
        'ok  globex: 0 files\n',
      stderr: 'error: one problem in the configs of acme_corp [config_invalid]\n',
    });
  });

  test('tells machines the same', async () => {
    const { code, stdout } = await call(['validate', 'acme_corp', '--json']);
    const { tenants } = JSON.parse(stdout) as { tenants: { tenant: string; problems: object[] }[] };
    assert.equal(code, 2);
    assert.deepEqual(tenants, [
      {
        tenant: 'acme_corp',
        problems: [
          {
            file: 'pipelines/daily.yml',
            line: 4,
            column: 11,
            path: 'steps[0].type',
            message: "'type' is 'ingst'",
            expected: 'one of ingest, dq or transform',
            suggestion: "did you mean 'ingest'?",
          },
        ],
      },
    ]);
  });

  test('judges the SQL of transforms for BigQuery, where asked to', async () => {
    const env = { CONFIG_DIR: join(folder, 'sql') };
    mkdirSync(join(folder, 'sql/globex/transforms'), { recursive: true });
    const write = (name: string, sql: string) =>
      writeFileSync(join(folder, `sql/globex/transforms/${name}.sql`), sql);
    write('days', "SELECT d FROM UNNEST([DATE '2026-01-01']) AS d");
    write('months', "SELECT date_trunc('month', d) AS month\nFROM {{ ref('days') }}");
    write('views', 'SELECT page FROM clicks');
    assert.equal((await call(['validate'], env)).stdout, 'ok  globex: 3 files\n');
    const judged = await call(['validate', '--warehouse', 'bigquery'], env);
    const place = `${join(folder, 'sql')}/globex/transforms/`;
    assert.deepEqual(judged, {
      code: 2,
      stdout: [
        `${place}views.sql:1:1: only the grammar was judged: the columns of clicks (which nothing here makes) are not known; declare them in schemas/`,
        `${place}months.sql:1:28: A valid date part name is required but found d`,
        '',
      ].join('\n'),
      stderr: 'error: one problem in the configs of globex [config_invalid]\n',
    });
  });

  test('an unknown tenant is absent', async () => {
    const { code, stderr } = await call(['validate', 'initech']);
    assert.equal(code, 4);
    assert.match(stderr, /^error: there is no tenant 'initech' \[tenant_absent\]\n/);
  });
});

test('each kind of config has its JSON Schema', async () => {
  const { code, stdout } = await call(['schema']);
  const schemas = JSON.parse(stdout) as Record<string, { $schema?: string }>;
  assert.equal(code, 0);
  assert.deepEqual(Object.keys(schemas), [
    'pipeline',
    'source',
    'checks',
    'schema',
    'transform',
    'plans',
  ]);
  for (const [kind, { $schema }] of Object.entries(schemas)) {
    assert.equal($schema, 'https://json-schema.org/draft/2020-12/schema', kind);
  }
});

describe('a platform that does not do', () => {
  async function withServer<T>(
    answer: { status: number; type: string; body: string },
    use: (url: string) => Promise<T>,
  ): Promise<T> {
    const server = createServer((_, response) => {
      response.writeHead(answer.status, { 'content-type': answer.type }).end(answer.body);
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    try {
      return await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    } finally {
      server.close();
    }
  }
  const runs = (url: string) => call(['runs', '--url', url, '--api-key', 'k']);

  test('refuses with a problem document', async () => {
    const problem = {
      status: 429,
      code: 'quota_exceeded',
      detail: '50 of 50 runs today',
      hint: 'Wait until midnight.',
      errors: [{ path: 'body.x', message: 'is odd' }],
    };
    const body = JSON.stringify(problem);
    const ended = await withServer({ status: 429, type: 'application/problem+json', body }, runs);
    assert.deepEqual(ended, {
      code: 6,
      stdout: '',
      stderr:
        'error: 50 of 50 runs today\n  body.x: is odd [quota_exceeded]\nhint: Wait until midnight.\n',
    });
  });

  test('is something else', async () => {
    const answer = { status: 404, type: 'text/html', body: '<html>' };
    const { url, ended } = await withServer(answer, async (url) => ({
      url,
      ended: await runs(url),
    }));
    assert.deepEqual(ended, {
      code: 4,
      stdout: '',
      stderr:
        `error: ${url} answered 404 without saying why [platform_unreachable]\n` +
        'hint: Is this the address of a Convergence API?\n',
    });
  });

  test('is not there', async () => {
    const gone = await withServer({ status: 200, type: 'x', body: '' }, (url) =>
      Promise.resolve(url),
    );
    assert.deepEqual(await runs(gone), {
      code: 6,
      stdout: '',
      stderr:
        `error: ${gone} does not answer: ECONNREFUSED [platform_unreachable]\n` +
        'hint: Is it running there? `convergence dev` starts it on this machine.\n',
    });
  });
});
