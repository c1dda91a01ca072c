import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { link, mkdir, mkdtemp, readFile, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { existsSync, statSync } from 'node:fs';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import type { DuckDBConnection } from '@duckdb/node-api';
import { systemClock } from 'base/clock.ts';
import { closeInstances, withInstance } from './instances.ts';
import type { InstancePlace } from './instances.ts';
import { runSql } from './run-sql.ts';
import { translateError } from './translate-error.ts';

let folder = '';
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'instances-'));
  await mkdir(join(folder, 'parts'));
});
after(async () => {
  await closeInstances(['walls', 'links', 'spill', 'broken'].map((name) => placeOf(name).file));
  await rm(folder, { recursive: true });
});

function placeOf(name: string): InstancePlace {
  const file = join(folder, `${name}.duckdb`);
  return { file, temporary: join(folder, 'spill', name), readable: [join(folder, 'parts')] };
}

const options = {
  clock: systemClock,
  memoryLimitBytes: 64 * 1024 ** 2,
  threads: 2,
  closeIdleMs: 60_000,
  lockWaitMs: 100,
  prepare: async () => undefined,
};

async function onFile<T>(
  place: InstancePlace,
  work: (connection: DuckDBConnection) => Promise<T>,
): Promise<T> {
  return withInstance(place, options, async (connect) => {
    const connection = await connect();
    try {
      return await work(connection);
    } finally {
      connection.disconnectSync();
    }
  });
}

const OUT_OF_REACH = /Permission Error/;

test('a file that is damaged is told as that, and is left as it was', async () => {
  const place = placeOf('damaged');
  await onFile(place, (connection) => runSql(connection, 'CREATE TABLE t AS FROM range(300000)'));
  await closeInstances([place.file]);
  const whole = await readFile(place.file);
  const noise = Buffer.from(whole).fill(7, 4096, 100_000);
  for (const damaged of [whole.subarray(0, whole.length / 2), noise, Buffer.from('not it')]) {
    await writeFile(place.file, damaged);
    const used = onFile(place, (connection) =>
      runSql(connection, 'CREATE TABLE u AS FROM t').catch((error: unknown) => {
        throw translateError(error);
      }),
    );
    await assert.rejects(used, { code: 'warehouse_damaged', kind: 'broken' });
    await closeInstances([place.file]);
    assert.ok((await readFile(place.file)).equals(damaged));
  }
});

test('a new file is whole from the first moment that another process can see it', async () => {
  for (let round = 0; round < 20; round++) {
    const place = placeOf(`new-${round}`);
    const opened = onFile(place, (connection) => runSql(connection, 'CREATE TABLE t (a INTEGER)'));
    while (!existsSync(place.file)) await setImmediate();
    assert.ok(statSync(place.file).size >= 12_288, 'three headers of 4 KiB each');
    await opened;
    await closeInstances([place.file]);
    assert.deepEqual(await readdir(place.temporary), []);
  }
});

test('SQL reaches nothing but its file and the folder of its parts', async () => {
  const place = placeOf('walls');
  const secret = join(folder, 'secret.csv');
  await writeFile(secret, 'a\n1\n');
  await writeFile(join(folder, 'parts', 'mine.csv'), 'a\n1\n');
  await onFile(placeOf('other'), (other) => runSql(other, 'CREATE TABLE t (a INTEGER)'));
  await closeInstances([placeOf('other').file]);
  const attacks = [
    `SELECT * FROM read_csv('${secret}')`,
    `SELECT * FROM '${folder}/parts/../secret.csv'`,
    `SELECT * FROM read_text('/etc/passwd')`,
    `SELECT * FROM glob('${folder}/*')`,
    `COPY (SELECT 1) TO '${folder}/out.csv'`,
    `ATTACH '${placeOf('other').file}'`,
    `EXPORT DATABASE '${folder}/out'`,
  ];
  await onFile(place, async (connection) => {
    await runSql(connection, `SELECT * FROM '${folder}/parts/mine.csv'`);
    for (const attack of attacks) await assert.rejects(runSql(connection, attack), OUT_OF_REACH);
    for (const setting of ['enable_external_access = true', "memory_limit = '9GB'"]) {
      await assert.rejects(runSql(connection, `SET ${setting}`), /configuration has been locked/);
    }
    for (const name of ['httpfs', 'postgres']) {
      await assert.rejects(runSql(connection, `INSTALL ${name}`));
      await assert.rejects(runSql(connection, `LOAD ${name}`));
    }
  });
});

test('a hard link to a file elsewhere can be read, a symbolic link cannot', async () => {
  const elsewhere = join(folder, 'elsewhere.csv');
  await writeFile(elsewhere, 'a\n1\n');
  await symlink(elsewhere, join(folder, 'parts', 'symbolic.csv'));
  await link(elsewhere, join(folder, 'parts', 'hard.csv'));
  await onFile(placeOf('links'), async (connection) => {
    await runSql(connection, `SELECT * FROM '${folder}/parts/hard.csv'`);
    const symbolic = `SELECT * FROM '${folder}/parts/symbolic.csv'`;
    await assert.rejects(runSql(connection, symbolic), OUT_OF_REACH);
  });
});

test('work that needs more than its memory goes on on disk', async () => {
  await onFile(placeOf('spill'), async (connection) => {
    const rows = 'SELECT i, md5(i::VARCHAR) AS text FROM range(800000) AS r(i)';
    await runSql(connection, `CREATE TABLE big AS ${rows}`);
    await runSql(connection, 'CREATE TABLE sorted AS SELECT * FROM big ORDER BY text');
  });
});

test('a file is opened once, however many use it at the same time', async () => {
  const place = placeOf('shared');
  await Promise.all(
    ['a', 'b', 'c'].map((name) =>
      onFile(place, (connection) => runSql(connection, `CREATE TABLE ${name} AS SELECT 1`)),
    ),
  );
  await closeInstances([place.file]);
  await onFile(place, (connection) => runSql(connection, 'SELECT * FROM a, b, c'));
  await closeInstances([place.file]);
});

/** A process that holds a DuckDB file until it is killed. */
const HOLD_FILE = `
  import { DuckDBInstance } from '@duckdb/node-api';
  const instance = await DuckDBInstance.create(process.argv[1]);
  process.stdout.write('held');
  setInterval(() => instance, 60_000);
`;

test('a file that another process holds is waited for, then reported', async () => {
  const place = placeOf('held');
  const holder = spawn(process.execPath, ['--input-type=module', '-e', HOLD_FILE, place.file], {
    cwd: import.meta.dirname,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(holder.stdout, 'data');
  await assert.rejects(
    onFile(place, async () => undefined),
    { code: 'warehouse_busy', kind: 'transient' },
  );
  const gone = once(holder, 'exit');
  const opened = withInstance(place, { ...options, lockWaitMs: 20_000 }, async () => 'open');
  holder.kill();
  await gone;
  assert.equal(await opened, 'open');
  await closeInstances([place.file]);
});

test('a file that cannot be opened is tried again by the next one', async () => {
  const place = placeOf('broken');
  await writeFile(
    place.file,
    'this is no database, and it is longer than any header would be'.repeat(100),
  );
  await assert.rejects(
    onFile(place, async () => undefined),
    { code: 'warehouse_damaged' },
  );
  await rm(place.file);
  await onFile(place, (connection) => runSql(connection, 'SELECT 1'));
});
