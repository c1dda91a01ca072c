import assert from 'node:assert/strict';
import { link, mkdir, rm, symlink } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { LivePlatform } from './live-platform.ts';
import type { Answer } from './live-platform.ts';
import { SQL_ATTACKS, SQL_EXPRESSIONS } from './sql-attacks.ts';
import { MARKER, VICTIM, plantVictim } from './victim.ts';
import type { Victim } from './victim.ts';

const US = 'mallory_co';
const PEPPER = 'the-pepper-of-the-journeys-0123456789';
let platform: LivePlatform;
let victim: Victim;
let key: string;

before(async () => {
  platform = await LivePlatform.start({ ALLOW_PRIVATE_SOURCES: 'false', API_KEY_PEPPER: PEPPER });
  victim = await plantVictim(platform);
  key = await platform.onboard(US);
  await write('data/own.csv', 'id,name\n1,own\n');
  await write('sources/own.yml', fileSource('own', 'data/own.csv'));
  await write('pipelines/own.yml', pipelineOf('own', [step('ingest', 'sources/own.yml')]));
  assert.equal((await platform.run(key, 'own')).status, 'COMPLETE');
});
after(() => platform.remove());

const KINDS = { ingest: 'source_config', dq: 'checks', transform: 'transforms' } as const;

const step = (type: keyof typeof KINDS, path: string): object => ({ type, [KINDS[type]]: path });

function write(path: string, text: string): Promise<string> {
  return platform.writeConfig(`${US}/${path}`, text);
}

function fileSource(name: string, path: string): string {
  return JSON.stringify({ type: 'file', resources: [{ name, path, format: 'csv' }] });
}

/** Steps that run side by side, each to its own end. */
function pipelineOf(id: string, steps: readonly object[]): string {
  const named = steps.map((each, index) => ({
    name: `s${String(index).padStart(2, '0')}`,
    depends_on: [],
    on_failure: 'continue',
    ...each,
  }));
  return JSON.stringify({ pipeline_id: id, steps: named });
}

function post(route: string, body: object): Promise<Answer> {
  return platform.ask(`POST /api/v1/${route}`, { headers: [['x-api-key', key]], body });
}

/** Status and code of an answer that shows nothing of the victim, the machine or its settings. */
function verdict({ status, text }: Answer, sent = ''): string {
  const hidden = [`${MARKER}[ -]`, 'root:', PEPPER];
  // What was asked with may come back in the answer.
  for (const known of [MARKER, platform.folder]) if (!sent.includes(known)) hidden.push(known);
  assert.doesNotMatch(text, new RegExp(hidden.join('|')), sent);
  return `${status} ${(JSON.parse(text) as { code?: string }).code ?? ''}`;
}

describe('files', () => {
  const home = () => join(platform.folder, 'configs', US);

  test('no path of a file source leads out of the folder of the tenant', async () => {
    await symlink(`../${VICTIM}`, join(home(), 'to_victim'));
    await symlink('/etc', join(home(), 'to_etc'));
    await symlink(`../../${VICTIM}/data/${MARKER}.csv`, join(home(), 'data/link.csv'));
    await symlink(`../../${VICTIM}/data`, join(home(), 'data/folder'));
    const paths: Record<string, string> = {
      [`../${VICTIM}/data/${MARKER}.csv`]: '422 config_invalid',
      [`data/../../${VICTIM}/data/*.csv`]: '422 config_invalid',
      [join(platform.folder, `configs/${VICTIM}/data/${MARKER}.csv`)]: '422 config_invalid',
      '/etc/passwd': '422 config_invalid',
      '~/.bashrc': '422 config_invalid',
      [`../../data/warehouse/${VICTIM}.duckdb`]: '422 config_invalid',
      '../../data/admin-key': '422 config_invalid',
      '../../data/control/PG_VERSION': '422 config_invalid',
      'secrets/token': '422 config_invalid',
      'SECRETS/token': '422 config_invalid',
      'to_victim/data/*.csv': '400 path_outside',
      [`to_victim/data/${MARKER}.csv`]: '400 path_outside',
      'to_etc/passwd': '400 path_outside',
      'data/link.csv': '400 path_outside',
      'data/l*.csv': '400 path_outside',
      'data/folder/*': '400 path_outside',
      'data/own.csv\0': '400 path_outside',
      'data/f*/*.csv': '400 no_files',
      't*/**/*': '400 no_files',
      [`[.][.]/${VICTIM}/data/*.csv`]: '400 no_files',
      [`{.,x}{.,y}/${VICTIM}/**/*`]: '400 no_files',
      [`{../${VICTIM}/data,nothing}/*.csv`]: '400 no_files',
      '{/etc,nothing}/passwd': '400 no_files',
      'file:///etc/passwd': '400 no_files',
      'http://169.254.169.254/latest': '400 no_files',
    };
    const found: Record<string, string> = {};
    for (const path of Object.keys(paths)) {
      await write('sources/sly.yml', fileSource('sly', path));
      const wanted = { source: 'sources/sly.yml', resource: 'sly' };
      found[path] = verdict(await post('sources/preview', wanted), path);
    }
    assert.deepEqual(found, paths);
    await rm(join(home(), 'sources/sly.yml'));
  });

  test('no file that a pipeline names is one of another tenant', async () => {
    const steps = [
      step('ingest', `../${VICTIM}/sources/${MARKER}_files.yml`),
      step('dq', `../${VICTIM}/checks/${MARKER}_rules.yml`),
      step('transform', `../${VICTIM}/transforms/*.sql`),
      step('transform', `transforms/../../${VICTIM}/transforms/${MARKER}_view.sql`),
      step('ingest', `/etc/passwd`),
    ];
    await write('pipelines/sly.yml', pipelineOf('sly', steps));
    const { text } = await post('pipelines/run/sly', {});
    const { details } = JSON.parse(text) as { details: { problems: { message: string }[] } };
    assert.deepEqual(
      details.problems.map(({ message }) => message),
      [
        `there is no file '../${VICTIM}/sources/${MARKER}_files.yml'`,
        `there is no file '../${VICTIM}/checks/${MARKER}_rules.yml'`,
        `there is no file '../${VICTIM}/transforms/*.sql'`,
        `there is no file 'transforms/../../${VICTIM}/transforms/${MARKER}_view.sql'`,
        "there is no file '/etc/passwd'",
      ],
    );
    await rm(join(home(), 'pipelines/sly.yml'));
  });

  test('config folders and secrets that are links to those of another tenant give nothing', async () => {
    for (const name of ['schemas', 'checks', 'transforms']) {
      await symlink(`../${VICTIM}/${name}`, join(home(), name));
      const answer = await post('pipelines/run/own', {});
      assert.equal(verdict(answer), '400 path_outside');
      assert.match(answer.text, new RegExp(`'${name}' is not in the folder of the tenant`));
      await rm(join(home(), name));
    }
    await mkdir(join(home(), 'checks'));
    await symlink('/etc/passwd', join(home(), 'checks/sly.yml'));
    assert.equal(verdict(await post('pipelines/run/own', {})), '400 path_outside');
    await rm(join(home(), 'checks/sly.yml'));

    const headers = { stolen: `{{ secrets.${MARKER}_token }}` };
    const client = { base_url: 'https://198.51.100.1', headers };
    await write('sources/sly.yml', JSON.stringify({ type: 'rest_api', client, resources: ['x'] }));
    const ask = () => post('sources/check', { source: 'sources/sly.yml' });
    assert.equal(verdict(await ask(), `${MARKER}_token`), '422 config_invalid');
    await symlink(`../${VICTIM}/secrets`, join(home(), 'secrets'));
    assert.equal(verdict(await ask(), `${MARKER}_token`), '422 config_invalid');
    await rm(join(home(), 'secrets'));
    await mkdir(join(home(), 'secrets'));
    const theirs = `../../${VICTIM}/secrets/${MARKER}_token`;
    await symlink(theirs, join(home(), `secrets/${MARKER}_token`));
    assert.equal(verdict(await ask(), `${MARKER}_token`), '400 secret_absent');
    await rm(join(home(), 'sources/sly.yml'));
  });

  test('a hard link is the file itself, which nobody can tell: folders must not be shared', async () => {
    await link(
      join(platform.folder, `configs/${VICTIM}/data/${MARKER}.csv`),
      join(home(), 'data/hard.csv'),
    );
    await write('sources/hard.yml', fileSource('hard', 'data/hard.csv'));
    const wanted = { source: 'sources/hard.yml', resource: 'hard' };
    assert.equal((await post('sources/preview', wanted)).status, 200);
  });
});

describe('SQL', () => {
  test('of a query reads the tables of its tenant and nothing else', async () => {
    const attacks = SQL_ATTACKS(join(platform.folder, `data/warehouse/${VICTIM}.duckdb`));
    const found: Record<string, string> = {};
    for (const sql of Object.keys(attacks)) {
      found[sql] = verdict(await post('query', { sql }), sql);
    }
    assert.deepEqual(found, attacks);
  });

  test('of a transform, a rule, a condition, a filter or a map does no better', async () => {
    const expected: string[] = [];
    const steps: object[] = [];
    for (const [index, [expression, code]] of Object.entries(SQL_EXPRESSIONS).entries()) {
      const file = `a${index}`;
      const rules = [
        { rule: 'not_be_null', column: 'id', row_condition: expression },
        { rule: 'unexpected_rows_query', query: `SELECT * FROM {batch} WHERE ${expression}` },
      ];
      await write(`checks/${file}.yml`, JSON.stringify({ table: 'own', rules }));
      await write(`transforms/${file}.sql`, `SELECT ${expression} AS stolen FROM own`);
      for (const [name, work] of Object.entries({
        filter: { filter: expression },
        map: { map: { stolen: expression } },
      })) {
        const resource = {
          name: `${file}_${name}`,
          path: 'data/own.csv',
          processing_steps: [work],
        };
        await write(
          `sources/${file}_${name}.yml`,
          JSON.stringify({ type: 'file', resources: [resource] }),
        );
        steps.push(step('ingest', `sources/${file}_${name}.yml`));
        expected.push(code);
      }
      steps.push(step('dq', `checks/${file}.yml`), step('transform', `transforms/${file}.sql`));
      expected.push('dq_failed', code);
    }
    await write('pipelines/attack.yml', pipelineOf('attack', steps));
    const run = await platform.run(key, 'attack');
    assert.doesNotMatch(JSON.stringify(run), new RegExp(`root:|${PEPPER}|${platform.folder}`));
    const codes = run.steps.map(({ failure }) => failure?.code);
    assert.deepEqual(codes, expected);
    const tables = await platform.ask('GET /api/v1/tables', { headers: [['x-api-key', key]] });
    assert.doesNotMatch(tables.text, /stolen|"a\d/);
    const dq = await platform.ask(`GET /api/v1/pipelines/runs/${run.pipeline_logging_id}/dq`, {
      headers: [['x-api-key', key]],
    });
    const { results } = JSON.parse(dq.text) as { results: { passed: boolean; problem: string }[] };
    assert.equal(results.length, 2 * Object.keys(SQL_EXPRESSIONS).length);
    for (const { passed, problem } of results) assert.ok(!passed && problem, dq.text);
  });
});

test('REST sources reach no address that is not public, by whatever name', async () => {
  const inside = createServer((_, response) => response.end(`["${MARKER}"]`));
  const reached: string[] = [];
  inside.on('request', ({ url }) => reached.push(String(url)));
  await new Promise<void>((resolve) => inside.listen(0, '127.0.0.1', resolve));
  const { port } = inside.address() as AddressInfo;
  const hosts = [
    '127.0.0.1',
    'localhost',
    '2130706433',
    '0x7f.1',
    '017700000001',
    '[::1]',
    '[::ffff:127.0.0.1]',
    '[::ffff:7f00:1]',
    '[64:ff9b::7f00:1]',
    '0.0.0.0',
    '[::]',
    '10.0.0.1',
    '172.16.0.1',
    '192.168.0.1',
    '100.64.0.1',
    '169.254.169.254',
    '[fe80::1]',
    '[fd00:ec2::254]',
    'user:secret@127.0.0.1',
  ];
  const resources = hosts.map((host, index) => ({
    name: `h${index}`,
    endpoint: { path: `http://${host}:${port}/`, paginator: 'single_page' },
  }));
  const client = { base_url: 'https://198.51.100.1', retry: { max_attempts: 1 } };
  await write('sources/inside.yml', JSON.stringify({ type: 'rest_api', client, resources }));
  const { text } = await post('sources/check', { source: 'sources/inside.yml' });
  inside.close();
  const checked = JSON.parse(text) as { resources: { failure: { code: string } | null }[] };
  const codes = checked.resources.map(({ failure }, index) => `${hosts[index]} ${failure?.code}`);
  assert.deepEqual(
    codes,
    hosts.map((host) => `${host} source_address_forbidden`),
    text,
  );
  assert.deepEqual(reached, []);
});

test('the victim is as it was, and no log tells of its secrets or rows', async () => {
  const rows = await platform.query(victim.key, `SELECT id, name FROM ${victim.table}`);
  assert.deepEqual((JSON.parse(rows.text) as { rows: unknown }).rows, [[1, `${MARKER} row`]]);
  const { stdout, stderr, code } = await platform.stop();
  assert.equal(code, 0);
  for (const hidden of [`${MARKER}-secret-value`, `${MARKER} row`, key, victim.key, PEPPER]) {
    assert.ok(!(stdout + stderr).includes(hidden), hidden);
  }
});
