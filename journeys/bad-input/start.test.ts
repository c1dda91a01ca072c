import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { CliProcess } from '../../convergence/cli/cli-process.fake.ts';
import { ADMIN_KEY, LivePlatform } from '../isolation/live-platform.ts';

let platform: LivePlatform;
let key: string;
let folder: string;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'convergence-start-'));
  platform = await LivePlatform.start();
  key = await platform.onboard('acme_corp');
});
after(async () => {
  await platform.remove();
  await rm(folder, { recursive: true });
});

/** What a person sees of a command: its exit code and standard error. */
async function run(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const { code, stderr } = await new CliProcess(args, { folder, env }).ended;
  return [code, ...stderr.trimEnd().split('\n')];
}

/** A command for the tenant of the platform that runs. */
function ask(...args: string[]) {
  const env = { CONVERGENCE_URL: platform.url, ADMIN_API_KEY: ADMIN_KEY };
  return run([...args, '--tenant', 'acme_corp'], { ...env, CONVERGENCE_API_KEY: key });
}

describe('a start that cannot be', () => {
  test('a port that is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    assert.deepEqual(await run(['dev'], { API_PORT: String(port) }), [
      5,
      `error: another program listens on 127.0.0.1:${port} [port_taken]`,
      'hint: Set API_PORT to another port, or to 0 for a free one.',
    ]);
    other.close();
  });

  test('an address that is not of this machine', async () => {
    assert.deepEqual(await run(['dev'], { API_PORT: '0', API_HOST: '203.0.113.7' }), [
      2,
      'error: this process cannot listen on 203.0.113.7:0 (EADDRNOTAVAIL) [settings_invalid]',
      'hint: Set API_HOST to an address of this machine, and API_PORT to a port that is free to use.',
    ]);
  });

  test('a data folder that another server uses, which works on', async () => {
    const [code, what, hint] = await run(['dev'], {
      API_PORT: '0',
      DATA_DIR: join(platform.folder, 'data'),
    });
    assert.equal(code, 5);
    assert.match(
      String(what),
      new RegExp(
        `^error: The data folder is in use by process ${platform.process.child.pid} since`,
      ),
    );
    assert.equal(hint, `hint: Send the command to ${platform.url}, or stop that process first.`);
    assert.equal((await platform.ask('GET /health/ready')).status, 200);
  });

  test('a data folder that is none', async () => {
    await writeFile(join(folder, 'file'), '');
    assert.deepEqual(await run(['dev'], { API_PORT: '0', DATA_DIR: 'file/data' }), [
      2,
      "error: DATA_DIR is 'file/data', which is no writable folder: ENOTDIR [settings_invalid]",
      'hint: Name a folder in DATA_DIR that the user of this process may write to.',
    ]);
    const [exitCode] = await run(['dev'], { API_PORT: '0', DATA_DIR: '/proc/data' });
    assert.equal(exitCode, 2);
  });

  test('a database that does not answer; its password stays hidden', async () => {
    assert.deepEqual(await run(['api'], { DATABASE_URL: 'postgres://u:hidden@127.0.0.1:1/x' }), [
      6,
      'error: The control database does not answer. [database_unreachable]',
      'hint: Check DATABASE_URL and that the server runs; what was not confirmed is not stored.',
    ]);
  });

  test('settings that are wrong, all at once', async () => {
    const env = { API_PORT: '99999', LOG_LEVEL: 'loud', DATABASE_URL: 'nonsense' };
    assert.deepEqual(await run(['api'], env), [
      2,
      "error: LOG_LEVEL is 'loud', expected debug, info, warn, error or silent",
      "API_PORT is '99999', expected a port number",
      "DATABASE_URL is 'nonsense', expected postgres://… [settings_invalid]",
      'hint: Set these environment variables; docs/reference/settings.md describes each.',
    ]);
  });

  test('a folder of configs that is not there', async () => {
    assert.deepEqual(await run(['validate'], { CONFIG_DIR: 'missing' }), [
      4,
      "error: CONFIG_DIR is 'missing', and no tenant has a folder there [tenant_absent]",
      'hint: Name the folder that holds the tenants in CONFIG_DIR.',
    ]);
  });
});

describe('a trigger', () => {
  before(async () => {
    await platform.writeConfig('acme_corp/data/own.csv', 'id\n1\n');
    await platform.writeConfig(
      'acme_corp/sources/own.yml',
      'type: file\nresources: [{ name: own, path: data/own.csv }]\n',
    );
    await platform.writeConfig(
      'acme_corp/pipelines/own.yml',
      `pipeline_id: own
parameters: { day: "2026-01-01", n: 1 }
steps: [{ name: load, type: ingest, source_config: sources/own.yml }]
`,
    );
  });

  test('with parameters that do not fit', async () => {
    assert.deepEqual(await ask('run', 'own', '--param', 'dya=1'), [
      2,
      "error: pipeline 'own' has no parameter 'dya' [parameter_unknown]",
      "hint: did you mean 'day'? It declares day or n.",
    ]);
    assert.deepEqual(await ask('run', 'own', '--param', 'n=x'), [
      2,
      "error: parameter 'n' is 'x' [parameter_invalid]",
      'hint: Give a number, as its default is.',
    ]);
  });

  test('with a body that is none', async () => {
    const bodies: [string, number, string, string][] = [
      ['{"a":1', 400, 'request_malformed', 'The body is not valid JSON.'],
      ['{"__proto__": {"a": 1}}', 400, 'request_malformed', 'The body is not valid JSON.'],
      ['[]', 422, 'request_invalid', 'The request has values that do not fit.'],
      ['{"triger_by": "x"}', 422, 'request_invalid', 'The request has values that do not fit.'],
      ['x'.repeat(1_100_000), 413, 'request_too_large', 'The body is larger than 1 MB.'],
    ];
    for (const [body, ...expected] of bodies) {
      const headers = [['x-api-key', key]] as const;
      const answer = await platform.ask('POST /api/v1/pipelines/run/own', { headers, body });
      const { code, detail } = JSON.parse(answer.text) as { code: string; detail: string };
      assert.deepEqual([answer.status, code, detail], expected);
    }
    const { runs } = JSON.parse(
      (await platform.ask('GET /api/v1/pipelines/runs', { headers: [['x-api-key', key]] })).text,
    ) as { runs: unknown[] };
    assert.deepEqual(runs, []);
  });
});

describe('a file of the tenant', () => {
  const mend =
    'hint: Mend the files at the places named; `convergence validate` checks them again.';

  test('that is broken YAML, not UTF-8, empty or a circle', async () => {
    const files: [name: string, content: string | Uint8Array, mistake: string][] = [
      [
        'indent',
        'pipeline_id: x\nsteps:\n  - name: a\n   type: ingest\n',
        '4:1: broken YAML: sequence item without - indicator',
      ],
      ['bytes', Buffer.from([0xff, 0xfe, 0x00, 0x41, 0x80]), '1:1: the file is not text in UTF-8'],
      ['empty', '', '1:1: the file is empty; expected a map'],
      ['circle', 'a: &a [*a]\n', '1:1: broken YAML: nested too deeply'],
    ];
    for (const [name, content, mistake] of files) {
      const file = await platform.writeConfig(`acme_corp/pipelines/${name}.yml`, content);
      const first = 'error: one problem in the files of the tenant';
      const second = `pipelines/${name}.yml:${mistake} [config_invalid]`;
      assert.deepEqual(await ask('run', name), [2, first, second, mend]);
      assert.deepEqual(await ask('run', 'others'), [
        4,
        "error: there is no pipeline 'others' [pipeline_absent]",
        `hint: There is own. Mistakes hide what is in pipelines/${name}.yml.`,
      ]);
      await rm(file);
    }
  });

  test('with unknown keys, values and files: all at once, each with its place', async () => {
    await platform.writeConfig(
      'acme_corp/pipelines/keys.yml',
      `pipeline_id: keys
steps:
  - { name: a, type: ingest, source_config: sources/keys.yml, on_failur: stop }
schedul: x
`,
    );
    await platform.writeConfig(
      'acme_corp/sources/keys.yml',
      `type: file
resources: [{ name: a, paht: x.csv, write_disposition: mrege }]
`,
    );
    assert.deepEqual(await ask('run', 'keys', '--watch'), [
      2,
      'error: 5 problems in the files of the tenant',
      "pipelines/keys.yml:3:63: 'on_failur' is not a known key; expected name, description, depends_on, on_failure, retries, timeout, when, type, source_config or resources; did you mean 'on_failure'?",
      "pipelines/keys.yml:4:1: 'schedul' is not a known key; expected pipeline_id, description, parameters, schedule, queue, priority, concurrency, notify or steps; did you mean 'schedule'?",
      "sources/keys.yml:2:13: 'path' is missing; expected text or a list",
      "sources/keys.yml:2:24: 'paht' is not a known key; expected name, table_name, write_disposition, primary_key, schema, checks, schema_contract, processing_steps, parallelized, selected, format, compression, csv, data_selector, incremental or path; did you mean 'path'?",
      "sources/keys.yml:2:56: 'write_disposition' is 'mrege'; expected one of append, replace or merge; did you mean 'merge'? [config_invalid]",
      mend,
    ]);
  });

  test('that names a secret which others can read: refused, and the value is shown nowhere', async () => {
    await platform.writeConfig('acme_corp/secrets/open', 'hunter2-secret', 0o644);
    await platform.writeConfig(
      'acme_corp/sources/open.yml',
      `type: rest_api
client: { base_url: 'http://127.0.0.1:1', auth: { type: bearer, token: '{{ secrets.open }}' } }
resources: [open]
`,
    );
    assert.deepEqual(await ask('check', 'sources/open.yml'), [
      2,
      "error: secret 'open' can be read by other users of the machine [secret_readable]",
      'hint: Run in the folder of configs: chmod 600 acme_corp/secrets/open',
    ]);
  });
});
