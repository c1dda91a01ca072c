import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { LivePlatform } from '../isolation/live-platform.ts';
import { BAD_FILES } from './files.ts';
import { HostileServer } from './hostile-server.ts';

const TENANT = 'acme_corp';
let platform: LivePlatform;
let hostile: HostileServer;
let key: string;

before(async () => {
  hostile = await HostileServer.start();
  platform = await LivePlatform.start({ LOG_LEVEL: 'warn', WORKER_CONCURRENCY: '2' });
  key = await platform.onboard(TENANT);
  await write('data/good.csv', 'id,name\n1,good\n');
  await write('sources/good.yml', file('good', { path: 'data/good.csv', incremental: 'all' }));
  await writePipeline('good', [{ type: 'ingest', source_config: 'sources/good.yml' }]);
  assert.equal((await platform.run(key, 'good')).status, 'COMPLETE');
});

after(async () => {
  hostile.close();
  await platform.remove();
});

const write = (path: string, content: string | Uint8Array, mode?: number) =>
  platform.writeConfig(`${TENANT}/${path}`, content, mode);

function file(name: string, resource: object): string {
  return JSON.stringify({ type: 'file', resources: [{ name, ...resource }] });
}

function writePipeline(id: string, steps: readonly object[]): Promise<string> {
  const named = steps.map((step, index) => ({
    name: `s${String(index).padStart(2, '0')}`,
    depends_on: [],
    on_failure: 'continue',
    ...step,
  }));
  return write(`pipelines/${id}.yml`, JSON.stringify({ pipeline_id: id, steps: named }));
}

async function rows(sql: string): Promise<unknown> {
  const { text } = await platform.query(key, sql);
  const answer = JSON.parse(text) as { rows?: unknown; detail?: string };
  return answer.rows ?? answer.detail;
}

async function tables(): Promise<string[]> {
  const { text } = await platform.ask('GET /api/v1/tables', { headers: [['x-api-key', key]] });
  return (JSON.parse(text) as { tables: { name: string }[] }).tables.map(({ name }) => name);
}

test('each bad file fails its own step and says why, and no other', async () => {
  await write(
    'checks/missing.yml',
    'table: missing_rule\nrules: [{ rule: not_be_null, column: nmae }]\n',
  );
  const steps = [];
  for (const { name, content, resource } of BAD_FILES) {
    const table = name.slice(0, name.indexOf('.'));
    await write(`data/${name}`, content);
    await write(`sources/${table}.yml`, file(table, { path: `data/${name}`, ...resource }));
    steps.push({ type: 'ingest', source_config: `sources/${table}.yml` });
  }
  await writePipeline('files', [...steps, { type: 'ingest', source_config: 'sources/good.yml' }]);
  const before = await tables();
  const run = await platform.run(key, 'files');
  assert.deepEqual(
    run.steps.map(({ failure }) => failure && [failure.code, failure.message]),
    [...BAD_FILES.map(({ code, message }) => [code, message]), null],
  );
  for (const { failure } of run.steps.slice(0, -1)) assert.ok(failure?.hint, failure?.message);
  assert.deepEqual(await tables(), before);
  assert.deepEqual(await rows('SELECT id, name FROM good'), [
    [1, 'good'],
    [1, 'good'],
  ]);
});

test('files without rows are no error', async () => {
  await write('data/empty.csv', '');
  await write('sources/empty.yml', file('empty', { path: 'data/empty.csv' }));
  await writePipeline('empty', [{ type: 'ingest', source_config: 'sources/empty.yml' }]);
  const { status, steps } = await platform.run(key, 'empty');
  assert.deepEqual([status, steps[0]?.rows_loaded], ['COMPLETE', 0]);
});

describe('a REST source', () => {
  const retry = { max_attempts: 2, initial_delay: '10ms', max_delay: '10ms' };

  /** Loads one path as a table of the same name; how that failed, by code and message. */
  async function load(path: string, client: object = {}, resource: object = {}) {
    const endpoint = { path, paginator: 'single_page' };
    const source = {
      type: 'rest_api',
      client: { base_url: hostile.url, retry, ...client },
      resources: [{ name: path, endpoint, ...resource }],
    };
    await write(`sources/${path}.yml`, JSON.stringify(source));
    await writePipeline(path, [{ type: 'ingest', source_config: `sources/${path}.yml` }]);
    const { steps } = await platform.run(key, path);
    const { failure } = steps[0] ?? {};
    return failure ? [failure.code, failure.message.replaceAll(hostile.url, '')] : null;
  }

  test('that is down, slow, breaks off, answers for people or leads to the metadata', async () => {
    const before = await tables();
    const found = {
      down: await load('down', { base_url: 'http://127.0.0.1:1' }),
      silent: await load('silent', { timeout: '100ms' }),
      closes: await load('closes'),
      html: await load('html'),
      metadata: await load('metadata'),
      wide: await load('wide'),
    };
    assert.deepEqual(found, {
      down: ['source_unreachable', 'GET http://127.0.0.1:1/down broke off: ECONNREFUSED'],
      silent: [
        'source_unreachable',
        'GET /silent broke off: no sign of life in time (UND_ERR_HEADERS_TIMEOUT)',
      ],
      closes: ['source_unreachable', 'GET /closes broke off: UND_ERR_SOCKET'],
      html: [
        'source_not_json',
        'The response of GET /html (200) is not JSON (Malformed JSON at byte 0 of input: unexpected character): <!doctype html><html><body>Please log in</body></html>',
      ],
      metadata: [
        'source_address_forbidden',
        "The source '169.254.169.254' has an address that is not public",
      ],
      wide: [
        'columns_too_many',
        "table 'wide' would have 5000 columns, fields of structs included; 1000 is the limit",
      ],
    });
    assert.deepEqual(await tables(), before);
  });

  test('that sends a gigabyte as one page is refused early, and memory stays flat', async () => {
    const beforeMb = residentMb();
    let peakMb = beforeMb;
    const watch = setInterval(() => (peakMb = Math.max(peakMb, residentMb())), 10);
    const failure = await load('gigabyte');
    clearInterval(watch);
    assert.deepEqual(failure, ['source_page_too_large', 'One page is larger than 64 MB']);
    assert.ok(peakMb - beforeMb < 200, `${beforeMb} MB became ${peakMb} MB`);
    assert.ok(hostile.sentBytes < 200_000_000, `${hostile.sentBytes} bytes were taken`);
  });

  test('that changes a type widens the column where it may', async () => {
    for (const v of [1, 'two', { a: 3 }, [4]]) {
      hostile.changing = [{ v }];
      assert.equal(await load('changing'), null);
    }
    assert.deepEqual(await rows('SELECT v FROM changing ORDER BY _loaded_at'), [
      ['1'],
      ['two'],
      [{ a: 3 }],
      [[4]],
    ]);
  });

  test('that changes a type, or adds a column, is refused where the contract is freeze', async () => {
    hostile.changing = [{ id: 1 }];
    assert.equal(await load('frozen'), null);
    const freeze = { schema_contract: { columns: 'freeze', data_type: 'freeze' } };
    hostile.changing = [{ id: 'two' }];
    assert.deepEqual(await load('frozen', {}, freeze), [
      'schema_frozen',
      "column 'id' of table 'frozen' is bigint, the data brings text, and the contract is freeze",
    ]);
    hostile.changing = [{ id: 3, more: 1 }];
    assert.deepEqual(await load('frozen', {}, freeze), [
      'schema_frozen',
      "the data brings column 'more' (bigint), which table 'frozen' does not have, and the contract is freeze",
    ]);
    assert.deepEqual(await rows('SELECT id FROM frozen'), [[1]]);
  });
});

test('SQL with an error is shown with its line, and what was built stays', async () => {
  const models: Record<string, string> = {
    column: "SELECT id,\n  nam\nFROM {{ ref('good') }}\n",
    cast: "SELECT CAST(name AS INTEGER) AS x FROM {{ ref('good') }}\n",
    syntax: 'SELECT 1\nFORM good\n',
    nowhere: 'SELECT * FROM nowhere\n',
    value: 'SELECT {{ params.x }}\n',
  };
  const steps = [];
  for (const [name, sql] of Object.entries(models)) {
    await write(`transforms/${name}.sql`, sql);
    steps.push({ type: 'transform', transforms: `transforms/${name}.sql` });
  }
  await writePipeline('models', steps);
  const run = await platform.run(key, 'models');
  assert.deepEqual(
    run.steps.map(({ failure }) => failure?.message.split('\n')),
    [
      [
        'transforms/column.sql:2:3: Referenced column "nam" not found in FROM clause!',
        'Candidate bindings: "name"',
        '    nam',
        '    ^',
      ],
      [
        "transforms/cast.sql:1:8: Could not convert string 'good' to INT32 when casting from source column name",
        '  SELECT CAST(name AS INTEGER) AS x FROM "good"',
        '         ^',
      ],
      ['transforms/syntax.sql:2:6: syntax error at or near "good"', '  FORM good', '       ^'],
      [
        'transforms/nowhere.sql:1:15: Table with name nowhere does not exist!',
        '  SELECT * FROM nowhere',
        '                ^',
      ],
      ['transforms/value.sql:1:8: there is no value {{ params.x }}'],
    ],
  );
});

test('expressions of processing steps that do not fit name the table and its columns', async () => {
  const found = [];
  for (const step of [{ filter: 'idd > 1' }, { map: { name: 'upper(' } }]) {
    const resource = { path: 'data/good.csv', incremental: 'all', processing_steps: [step] };
    await write('sources/steps.yml', file('steps', resource));
    await writePipeline('steps', [{ type: 'ingest', source_config: 'sources/steps.yml' }]);
    const { steps } = await platform.run(key, 'steps');
    const { failure } = steps[0] ?? {};
    found.push([failure?.code, failure?.message, failure?.hint]);
  }
  assert.deepEqual(found, [
    [
      'sql_invalid',
      'processing_steps of table \'steps\': Referenced column "idd" not found in FROM clause!\nCandidate bindings: "id"',
      'A filter is a condition, a map a value, over the columns id, name.',
    ],
    [
      'sql_invalid',
      "'upper(' is not one expression: syntax error at end of input",
      'Write a single SQL expression over the columns of a row, as amount > 0.',
    ],
  ]);
});

test('nothing of it has hurt the platform', async () => {
  assert.equal((await platform.run(key, 'good')).status, 'COMPLETE');
  const { code, stdout, stderr } = await platform.stop();
  assert.deepEqual([code, stderr], [0, 'stopping; Ctrl-C again ends it at once\n']);
  assert.doesNotMatch(stdout, /"severity":"(ERROR|CRITICAL)"/);
});

function residentMb(): number {
  const status = readFileSync(`/proc/${platform.process.child.pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024;
}
